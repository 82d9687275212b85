-- +goose Up

-- When the current refresh token was last given out again before it was seen
-- used. The grace for its predecessor counts from then, in the next generation too.
ALTER TABLE sessions ADD COLUMN reissued_at INTEGER;
ALTER TABLE sessions RENAME COLUMN previous_rotated_at TO previous_issued_at;

-- Old sessions are found along the primary key now: an idle session has no end
-- that could be indexed, because every refresh moves it.
DROP INDEX sessions_by_end;

-- +goose Down

CREATE INDEX sessions_by_end ON sessions (expires_at);
ALTER TABLE sessions RENAME COLUMN previous_issued_at TO previous_rotated_at;
ALTER TABLE sessions DROP COLUMN reissued_at;
