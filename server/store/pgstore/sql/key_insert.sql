INSERT INTO authfetch.signing_keys (id, follows, algorithm, sealed, created_at, active_from, revoked_at)
VALUES ($1, $2, $3, coalesce($4, ''::bytea), $5, $6, $7)
