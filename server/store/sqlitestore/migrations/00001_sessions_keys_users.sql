-- Times are milliseconds since 1970, UTC. An empty text stands for "none",
-- NULL for a time that has not come.

-- +goose Up

-- One row per session, however often it is refreshed. Sessions outlive their
-- users (no foreign key), so that a late client can be told how they ended.
CREATE TABLE sessions (
    id                  TEXT    NOT NULL PRIMARY KEY,
    user_id             TEXT    NOT NULL,
    generation          INTEGER NOT NULL,
    nonce               TEXT    NOT NULL,
    previous_nonce      TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    rotated_at          INTEGER NOT NULL,
    previous_rotated_at INTEGER,
    seen_at             INTEGER,
    replays             INTEGER NOT NULL,
    idle_expires_at     INTEGER NOT NULL,
    expires_at          INTEGER NOT NULL,
    revoked_at          INTEGER,
    revoked_reason      TEXT    NOT NULL,
    user_agent          TEXT    NOT NULL,
    address             TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- A session as it is decided on. Disabling a user revokes the sessions in the
-- same transaction; the last column is a second line of defence.
CREATE VIEW session_records AS
SELECT s.*,
       EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id AND u.disabled_at IS NOT NULL) AS user_disabled
FROM sessions s;

-- No index covers a column that a refresh changes: that would cost every refresh.
CREATE INDEX sessions_by_user ON sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Each key names the one that it follows. The unique constraint makes that a
-- chain: of several nodes that add a key at once, one succeeds.
CREATE TABLE signing_keys (
    id          TEXT    NOT NULL PRIMARY KEY,
    follows     TEXT    NOT NULL UNIQUE,
    algorithm   TEXT    NOT NULL,
    private     BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    active_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT, WITHOUT ROWID;

-- Facts about the database itself.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP VIEW session_records;
DROP TABLE meta;
DROP TABLE users;
DROP TABLE signing_keys;
DROP TABLE sessions;
