-- The seen mark may have been set since the session was read.
UPDATE sessions
SET replays = replays + 1,
    reissued_at = CASE WHEN ?7 AND seen_at IS NULL THEN ?4 ELSE reissued_at END,
    seen_at = CASE WHEN ?5 THEN coalesce(seen_at, ?4) ELSE seen_at END
WHERE id = ?1 AND generation = ?2 AND nonce = ?3 AND revoked_at IS NULL
  AND replays < ?6
RETURNING *, FALSE
