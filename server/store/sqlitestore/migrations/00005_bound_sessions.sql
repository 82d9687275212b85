-- +goose Up

-- The key to which a session is bound, by its thumbprint (RFC 7638), and the first
-- generation that was. An empty text stands for "none".
ALTER TABLE sessions ADD COLUMN key_thumbprint TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN key_generation INTEGER NOT NULL DEFAULT 0;

-- Proofs of such keys that were used (RFC 9449 section 11.1), by their hash, for as
-- long as the nonces in them count.
CREATE TABLE used_proofs (
    id        BLOB    NOT NULL PRIMARY KEY,
    forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_proofs_by_end ON used_proofs (forget_at);

-- +goose Down

DROP TABLE used_proofs;
ALTER TABLE sessions DROP COLUMN key_generation;
ALTER TABLE sessions DROP COLUMN key_thumbprint;
