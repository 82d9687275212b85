-- A batch at a time, so that nobody waits long for the write lock.
DELETE FROM throttles
WHERE key IN (SELECT key FROM throttles WHERE forget_at <= ?1 LIMIT 1000)
