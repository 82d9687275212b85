-- +goose Up

-- A revoked key stays for a while, without what was sealed in it (the column
-- private), to hold its place in the chain and to be listed.
ALTER TABLE signing_keys ADD COLUMN revoked_at INTEGER;

-- +goose Down

ALTER TABLE signing_keys DROP COLUMN revoked_at;
