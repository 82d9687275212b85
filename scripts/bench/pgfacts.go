package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// facts is what PostgreSQL tells of the table of sessions.
type facts struct {
	table, primary, byUser int64 // bytes
	updates, hot           int64 // how many so far, and how many of them touched no index
	dead                   int64 // versions of rows that nobody sees any more
	scans                  int64 // how often it was read from end to end
}

// facts closes the connections of the pool and waits until nobody else is connected:
// what a connection has counted comes when it ends, at the latest.
func (s postgresStore) facts(ctx context.Context) (f facts, err error) {
	s.Pool().Reset()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for others := 1; others > 0; {
		err := s.Pool().QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others)
		if err != nil {
			return f, err
		}
		<-poll.C
	}
	err = s.Pool().QueryRow(ctx, `SELECT pg_table_size(relid), pg_relation_size('authfetch.sessions_pkey'), pg_relation_size('authfetch.sessions_by_user'),
			n_tup_upd, n_tup_hot_upd, n_dead_tup, seq_scan
		FROM pg_stat_user_tables WHERE relid = 'authfetch.sessions'::regclass`).Scan(
		&f.table, &f.primary, &f.byUser, &f.updates, &f.hot, &f.dead, &f.scans)
	return f, err
}

// walPosition is how much was written to the log of the server so far, in bytes.
func (s postgresStore) walPosition(ctx context.Context) (position int64, err error) {
	err = s.Pool().QueryRow(ctx, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").Scan(&position)
	return position, err
}

// wal is how much of it something writes.
func (s postgresStore) wal(ctx context.Context, what func() error) (int64, error) {
	before, err := s.walPosition(ctx)
	if err != nil {
		return 0, err
	}
	if err := what(); err != nil {
		return 0, err
	}
	after, err := s.walPosition(ctx)
	return after - before, err
}

// checkpoint makes the next change of each page write all of it to the log.
func (s postgresStore) checkpoint(ctx context.Context) error {
	_, err := s.Pool().Exec(ctx, "CHECKPOINT")
	return err
}

// texts are the rows of a question whose answer has one column.
func texts(rows pgx.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
