-- What was seen used is not given out for the first time any more: the grace
-- stays where it is.
UPDATE sessions
SET replays = replays + 1,
    reissued_at = CASE WHEN ?5 OR seen_at IS NOT NULL THEN reissued_at ELSE ?4 END,
    seen_at = CASE WHEN ?5 THEN coalesce(seen_at, ?4) ELSE seen_at END
WHERE id = ?1 AND generation = ?2 AND nonce = ?3 AND revoked_at IS NULL
  AND replays < ?6
RETURNING *, FALSE
