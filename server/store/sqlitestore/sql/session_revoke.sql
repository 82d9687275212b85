UPDATE sessions
SET revoked_at = ?4,
    revoked_reason = ?5
WHERE id = ?1 AND generation = ?2 AND nonce = ?3 AND revoked_at IS NULL
RETURNING *, FALSE
