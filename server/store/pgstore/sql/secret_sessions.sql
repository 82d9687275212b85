-- The live sessions that were last refreshed before $1, and when the last of them
-- ends unless it is refreshed.
WITH clock AS MATERIALIZED (SELECT authfetch.clock() AS now)
SELECT count(*), max(least(idle_expires_at, expires_at))
FROM authfetch.sessions, clock
WHERE revoked_at IS NULL AND rotated_at < $1 AND idle_expires_at > clock.now AND expires_at > clock.now
