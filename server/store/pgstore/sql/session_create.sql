-- A login that is under way while its user is disabled inserts nothing: either it
-- waits for that here and finds it done, or that waits for it, and then ends this
-- session too. The times are those of the caller ($6 is its present), moved to the
-- database's clock; in seconds, because a day is not always as long as another.
WITH clock AS MATERIALIZED (
    SELECT c.now, make_interval(secs => extract(epoch FROM c.now - $6::timestamptz)) AS ahead
    FROM (SELECT authfetch.clock() AS now) c
), owner AS MATERIALIZED (
    SELECT disabled_at FROM authfetch.users WHERE id = $2 FOR SHARE
), inserted AS (
    INSERT INTO authfetch.sessions AS s (
        id, user_id, generation, nonce, previous_nonce,
        created_at, rotated_at, previous_issued_at, reissued_at, seen_at,
        replays, key_thumbprint, key_generation,
        idle_expires_at, expires_at, revoked_at, revoked_reason,
        user_agent, address
    )
    SELECT $1, $2, $3, $4, $5,
           clock.now, $7::timestamptz + ahead, $8::timestamptz + ahead, $9::timestamptz + ahead, $10::timestamptz + ahead,
           $11, $12, $13,
           $14::timestamptz + ahead, $15::timestamptz + ahead, $16::timestamptz + ahead, $17,
           $18, $19
    FROM clock
    WHERE NOT EXISTS (SELECT 1 FROM owner WHERE disabled_at IS NOT NULL)
    RETURNING {columns}
), old AS (
    SELECT s.id
    FROM authfetch.sessions s, inserted
    WHERE s.id = ANY ($20::text[]) AND s.revoked_at IS NULL
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
), replaced AS (
    UPDATE authfetch.sessions s
    SET revoked_at = clock.now,
        revoked_reason = $21
    FROM old, clock
    WHERE s.id = old.id
    RETURNING s.idle_expires_at > clock.now AND s.expires_at > clock.now AS live
)
SELECT inserted.*, FALSE, (SELECT count(*) FROM replaced WHERE live)
FROM inserted
