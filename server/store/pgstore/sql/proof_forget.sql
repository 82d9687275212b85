-- A batch at a time, so that nobody waits long, and none that counts still by the
-- database's clock.
DELETE FROM authfetch.used_proofs
WHERE id IN (
    SELECT id FROM authfetch.used_proofs
    WHERE forget_at <= $1 AND forget_at <= authfetch.clock()
    LIMIT 1000 FOR UPDATE SKIP LOCKED
)
