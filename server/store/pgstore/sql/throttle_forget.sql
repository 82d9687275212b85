-- A batch at a time, so that nobody waits long for a row, and none that counts still
-- by the database's clock.
DELETE FROM authfetch.throttles
WHERE key IN (
    SELECT key FROM authfetch.throttles
    WHERE forget_at <= $1 AND forget_at <= authfetch.clock()
    LIMIT 1000 FOR UPDATE SKIP LOCKED
)
