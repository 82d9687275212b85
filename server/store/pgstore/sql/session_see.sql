UPDATE authfetch.sessions s
SET seen_at = coalesce(s.seen_at, $4)
WHERE s.id = $1 AND s.generation = $2 AND s.nonce = $3 AND s.revoked_at IS NULL
RETURNING {columns}, FALSE
