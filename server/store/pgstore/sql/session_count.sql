-- Of a large table a part of its pages is read, in percent, and the rest inferred.
WITH clock AS MATERIALIZED (SELECT authfetch.clock() AS now)
SELECT count(*)
FROM authfetch.sessions TABLESAMPLE SYSTEM ($1), clock
WHERE revoked_at IS NULL AND idle_expires_at > clock.now AND expires_at > clock.now
