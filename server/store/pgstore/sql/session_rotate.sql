-- In an UPDATE the right-hand sides see the row as it was.
UPDATE authfetch.sessions s
SET generation = $4::bigint + 1,
    previous_nonce = $5,
    nonce = $6,
    previous_issued_at = greatest(s.rotated_at, s.reissued_at),
    rotated_at = $7,
    reissued_at = NULL,
    seen_at = NULL,
    replays = 0,
    idle_expires_at = $8,
    user_agent = $9,
    address = $10,
    key_thumbprint = CASE WHEN $11::text <> '' THEN $11 ELSE s.key_thumbprint END,
    key_generation = CASE WHEN $11 <> '' THEN $4 + 1 ELSE s.key_generation END
WHERE s.id = $1 AND s.generation = $2 AND s.nonce = $3 AND s.revoked_at IS NULL
RETURNING {columns}, FALSE
