-- The seen mark may have been set since the session was read.
UPDATE authfetch.sessions s
SET replays = s.replays + 1,
    reissued_at = CASE WHEN $7::boolean AND s.seen_at IS NULL THEN $4::timestamptz ELSE s.reissued_at END,
    seen_at = CASE WHEN $5::boolean THEN coalesce(s.seen_at, $4) ELSE s.seen_at END
WHERE s.id = $1 AND s.generation = $2 AND s.nonce = $3 AND s.revoked_at IS NULL
  AND s.replays < $6
RETURNING {columns}, FALSE
