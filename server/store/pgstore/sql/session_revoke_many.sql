-- The rows are locked in the order of their ids, so that of two who do this at once
-- one waits for the other.
WITH clock AS MATERIALIZED (
    SELECT authfetch.clock() AS now
), wanted AS (
    SELECT unnest($1::text[]) AS id
    UNION
    SELECT id FROM authfetch.sessions
    WHERE $2 <> '' AND user_id = $2 AND id <> $3 AND revoked_at IS NULL
), old AS (
    SELECT s.id
    FROM authfetch.sessions s JOIN wanted ON wanted.id = s.id
    WHERE s.revoked_at IS NULL
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
), revoked AS (
    UPDATE authfetch.sessions s
    SET revoked_at = clock.now,
        revoked_reason = $4
    FROM old, clock
    WHERE s.id = old.id
    RETURNING s.idle_expires_at > clock.now AND s.expires_at > clock.now AS live
)
SELECT count(*) FROM revoked WHERE live
