UPDATE sessions
SET revoked_at = ?1,
    revoked_reason = ?2
WHERE id IN (SELECT value FROM json_each(?3)) AND revoked_at IS NULL
RETURNING idle_expires_at > ?1 AND expires_at > ?1 -- was it live?
