INSERT INTO signing_keys (id, follows, algorithm, private, created_at, active_from)
SELECT ?1, ?2, ?3, ?4, ?5, ?6
WHERE CASE ?2
    WHEN '' THEN NOT EXISTS (SELECT 1 FROM signing_keys)
    ELSE EXISTS (SELECT 1 FROM signing_keys WHERE id = ?2)
END
ON CONFLICT (follows) DO NOTHING
