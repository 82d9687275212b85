-- A batch at a time, so that nobody waits long for the write lock.
DELETE FROM used_proofs
WHERE id IN (SELECT id FROM used_proofs WHERE forget_at <= ?1 LIMIT 1000)
