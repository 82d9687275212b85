UPDATE authfetch.sessions s
SET revoked_at = $4,
    revoked_reason = $5
WHERE s.id = $1 AND s.generation = $2 AND s.nonce = $3 AND s.revoked_at IS NULL
RETURNING {columns}, FALSE
