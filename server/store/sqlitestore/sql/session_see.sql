UPDATE sessions
SET seen_at = coalesce(seen_at, ?4)
WHERE id = ?1 AND generation = ?2 AND nonce = ?3 AND revoked_at IS NULL
RETURNING *, FALSE
