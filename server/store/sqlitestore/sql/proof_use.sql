INSERT INTO used_proofs (id, forget_at)
VALUES (?1, ?2)
ON CONFLICT (id) DO NOTHING
