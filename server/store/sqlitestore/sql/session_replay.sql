UPDATE sessions
SET replays = replays + 1,
    seen_at = CASE WHEN ?5 THEN coalesce(seen_at, ?4) ELSE seen_at END
WHERE id = ?1 AND generation = ?2 AND nonce = ?3 AND revoked_at IS NULL
  AND replays < ?6
RETURNING *, FALSE
