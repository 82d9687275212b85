WITH clock AS MATERIALIZED (SELECT authfetch.clock() AS now)
SELECT {columns}, FALSE
FROM authfetch.sessions s, clock
WHERE s.user_id = $1 AND s.revoked_at IS NULL
  AND s.idle_expires_at > clock.now AND s.expires_at > clock.now
  AND NOT EXISTS (SELECT 1 FROM authfetch.users u WHERE u.id = s.user_id AND u.disabled_at IS NOT NULL)
ORDER BY s.created_at DESC, s.id
