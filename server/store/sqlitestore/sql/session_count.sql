SELECT count(*)
FROM sessions
WHERE revoked_at IS NULL AND idle_expires_at > ?1 AND expires_at > ?1
