-- In an UPDATE the right-hand sides see the row as it was. What is replaced,
-- ?10 and ?11, is the row's own token or one that is newer than the row.
UPDATE sessions
SET generation = ?10 + 1,
    previous_nonce = ?11,
    nonce = ?4,
    previous_issued_at = max(rotated_at, coalesce(reissued_at, rotated_at)),
    rotated_at = ?5,
    reissued_at = NULL,
    seen_at = NULL,
    replays = 0,
    idle_expires_at = ?6,
    user_agent = ?7,
    address = ?8,
    key_thumbprint = CASE WHEN ?9 <> '' THEN ?9 ELSE key_thumbprint END,
    key_generation = CASE WHEN ?9 <> '' THEN ?10 + 1 ELSE key_generation END
WHERE id = ?1 AND generation = ?2 AND nonce = ?3 AND revoked_at IS NULL
RETURNING *, FALSE
