-- The live sessions that were last refreshed before ?1, and when the last of them
-- ends unless it is refreshed.
SELECT count(*), max(min(idle_expires_at, expires_at))
FROM sessions NOT INDEXED
WHERE revoked_at IS NULL AND rotated_at < ?1 AND idle_expires_at > ?2 AND expires_at > ?2
