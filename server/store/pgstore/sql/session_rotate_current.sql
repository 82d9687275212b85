-- Row 1 of rotation.Decide for a session that is bound to no key: the token is the
-- current one, the session lives, and it is the user's ($4, empty: whoever's). The clock
-- is a subquery, which OFFSET keeps to one reading, because a WITH takes the server a
-- tenth longer, and this is what it does most.
UPDATE authfetch.sessions s
SET generation = s.generation + 1,
    previous_nonce = s.nonce,
    nonce = $5,
    previous_issued_at = greatest(s.rotated_at, s.reissued_at),
    rotated_at = clock.now,
    reissued_at = NULL,
    seen_at = NULL,
    replays = 0,
    idle_expires_at = least(clock.now + make_interval(secs => $6), s.expires_at),
    user_agent = $7,
    address = $8
FROM (SELECT authfetch.clock() AS now OFFSET 0) clock
WHERE s.id = $1 AND s.generation = $2 AND s.nonce = $3 AND s.revoked_at IS NULL
  AND s.idle_expires_at > clock.now AND s.expires_at > clock.now
  AND $4 IN ('', s.user_id)
  AND s.key_thumbprint = ''
  AND NOT EXISTS (SELECT 1 FROM authfetch.users u WHERE u.id = s.user_id AND u.disabled_at IS NOT NULL)
RETURNING {columns}, FALSE
