-- One step along the primary key: an index of the ends would have to follow every
-- refresh, because that moves the idle end. Whatever the caller's clock says, nothing
-- is removed that lives by the database's. A row that somebody else works on is left
-- for the next time.
WITH limits AS MATERIALIZED (
    SELECT least($3::timestamptz, authfetch.clock()) AS before
), step AS MATERIALIZED (
    SELECT id FROM authfetch.sessions WHERE id > $1 ORDER BY id LIMIT $2
), ended AS MATERIALIZED (
    SELECT s.id
    FROM authfetch.sessions s, limits
    WHERE s.id > $1 AND s.id <= (SELECT max(id) FROM step)
      AND (s.revoked_at < before OR s.idle_expires_at < before OR s.expires_at < before)
    FOR UPDATE OF s SKIP LOCKED
), removed AS (
    DELETE FROM authfetch.sessions s USING ended WHERE s.id = ended.id RETURNING 1
)
SELECT (SELECT count(*) FROM removed), coalesce((SELECT max(id) FROM step), '')
