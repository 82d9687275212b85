-- +goose Up

-- Failed attempts, by account and by address. A key is a MAC of the name: the
-- table tells nobody who tried to sign in, or what else they typed.
CREATE TABLE throttles (
    key          TEXT    NOT NULL PRIMARY KEY,
    failures     INTEGER NOT NULL,
    pending      INTEGER NOT NULL,
    since        INTEGER,
    pauses       INTEGER NOT NULL,
    closed_until INTEGER,
    forget_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX throttles_by_end ON throttles (forget_at);

-- +goose Down

DROP TABLE throttles;
