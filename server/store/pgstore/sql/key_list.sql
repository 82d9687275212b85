-- In the order of the chain, because the clocks of nodes differ. Its first key
-- follows none, or one that has been removed.
WITH RECURSIVE chain (id, place) AS (
    SELECT id, 0 FROM authfetch.signing_keys WHERE follows NOT IN (SELECT id FROM authfetch.signing_keys)
    UNION ALL
    SELECT k.id, c.place + 1 FROM authfetch.signing_keys k JOIN chain c ON k.follows = c.id
)
SELECT k.id, k.follows, k.algorithm, k.sealed, k.created_at, k.active_from, k.revoked_at
FROM authfetch.signing_keys k JOIN chain c ON k.id = c.id
ORDER BY c.place
