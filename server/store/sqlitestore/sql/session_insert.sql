-- A login that was under way while its user was disabled inserts nothing.
INSERT INTO sessions (
    id, user_id, generation, nonce, previous_nonce,
    created_at, rotated_at, previous_issued_at, seen_at, replays,
    idle_expires_at, expires_at, revoked_at, revoked_reason,
    user_agent, address, reissued_at, key_thumbprint, key_generation
)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19
WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = ?2 AND u.disabled_at IS NOT NULL)
