INSERT INTO signing_keys (id, follows, algorithm, private, created_at, active_from, revoked_at)
VALUES (?1, ?2, ?3, coalesce(?4, x''), ?5, ?6, ?7)
