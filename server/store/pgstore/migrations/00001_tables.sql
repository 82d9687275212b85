-- The first schema. It has everything that the SQLite store has, and lives in a
-- schema of its own, so that an application can keep its tables in the same database.
--
-- Rules for every migration after this one, because nodes of two versions run side
-- by side while a fleet is upgraded:
--   * It only adds: tables, and columns that are NULL or have a default.
--   * What cannot be done so takes two versions: the first one stops using what the
--     second one takes away, and the second one raises schema_floor in meta.
--
-- An empty text stands for "none", NULL for a time that has not come. Texts that are
-- looked up compare bytes (COLLATE "C"): that is faster, and an index does not break
-- with the next release of the system's library.

-- +goose Up

-- The time that everything is decided by. It is a function, so that a test can put
-- another one in its place.
CREATE FUNCTION authfetch.clock() RETURNS timestamptz
    LANGUAGE sql VOLATILE
    AS 'SELECT date_trunc(''milliseconds'', clock_timestamp())';

-- One row per session, however often it is refreshed. Sessions outlive their
-- users (no foreign key), so that a late client can be told how they ended.
CREATE TABLE authfetch.sessions (
    id                 text COLLATE "C" NOT NULL PRIMARY KEY,
    user_id            text COLLATE "C" NOT NULL,
    generation         bigint           NOT NULL,
    nonce              text COLLATE "C" NOT NULL,
    previous_nonce     text COLLATE "C" NOT NULL,
    created_at         timestamptz      NOT NULL,
    rotated_at         timestamptz      NOT NULL,
    previous_issued_at timestamptz,
    reissued_at        timestamptz,
    seen_at            timestamptz,
    replays            integer          NOT NULL,
    key_thumbprint     text COLLATE "C" NOT NULL,
    key_generation     bigint           NOT NULL,
    idle_expires_at    timestamptz      NOT NULL,
    expires_at         timestamptz      NOT NULL,
    revoked_at         timestamptz,
    revoked_reason     text             NOT NULL,
    user_agent         text             NOT NULL,
    address            text             NOT NULL
) WITH (
    -- A refresh writes a new version of the row. Where the page has room for it, no
    -- index is touched (a heap-only tuple), and the next refresh that comes to the page
    -- takes the dead versions out: the table does not grow.
    fillfactor = 70,
    -- What is left for vacuum are sessions that were removed. It comes after a part
    -- of the table that does not become a night's work as the table grows.
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);

-- No index covers a column that a refresh changes, nor does the condition of one.
CREATE INDEX sessions_by_user ON authfetch.sessions (user_id) WHERE revoked_at IS NULL;

-- Each key names the one that it follows.
CREATE TABLE authfetch.signing_keys (
    id          text COLLATE "C" NOT NULL PRIMARY KEY,
    follows     text COLLATE "C" NOT NULL UNIQUE,
    algorithm   text             NOT NULL,
    sealed      bytea            NOT NULL,
    created_at  timestamptz      NOT NULL,
    active_from timestamptz      NOT NULL,
    revoked_at  timestamptz
);

CREATE TABLE authfetch.users (
    id            text COLLATE "C" NOT NULL PRIMARY KEY,
    email         text COLLATE "C" NOT NULL UNIQUE,
    name          text             NOT NULL,
    password_hash text             NOT NULL,
    created_at    timestamptz      NOT NULL,
    disabled_at   timestamptz
);

-- Failed attempts, by account and by address. A key is a MAC of the name: the
-- table tells nobody who tried to sign in, or what else they typed.
CREATE TABLE authfetch.throttles (
    key          text COLLATE "C" NOT NULL PRIMARY KEY,
    failures     integer          NOT NULL,
    pending      integer          NOT NULL,
    since        timestamptz,
    pauses       integer          NOT NULL,
    closed_until timestamptz,
    forget_at    timestamptz      NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX throttles_by_end ON authfetch.throttles (forget_at);

-- Proofs of keys that were used (RFC 9449 section 11.1), by their hash, for as long
-- as the nonces in them count.
CREATE TABLE authfetch.used_proofs (
    id        bytea       NOT NULL PRIMARY KEY,
    forget_at timestamptz NOT NULL
);

CREATE INDEX used_proofs_by_end ON authfetch.used_proofs (forget_at);

-- Facts about the database itself.
CREATE TABLE authfetch.meta (
    name  text COLLATE "C" NOT NULL PRIMARY KEY,
    value text             NOT NULL
);

-- +goose Down

DROP SCHEMA authfetch CASCADE;
