-- A batch at a time, so that nobody waits long for the write lock.
DELETE FROM sessions
WHERE id IN (SELECT id FROM sessions WHERE expires_at < ?1 LIMIT 1000)
