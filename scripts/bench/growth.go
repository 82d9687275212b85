package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	rotated      = 100_000 // sessions, or as many as there is time for
	rotationsOf  = 3       // each
	rotationTime = 30 * time.Second
)

// measureGrowth shows that a refresh on PostgreSQL finds its session by the primary
// key, and that refreshes do not make the table larger.
func measureGrowth(ctx context.Context, b *bench, s postgresStore) error {
	b.say("%d rotations each of %d sessions, half a minute at most", rotationsOf, rotated)
	plan, err := s.plan(ctx, "session_rotate_current")
	if err != nil {
		return err
	}
	b.note("A refresh on PostgreSQL with %d sessions is planned as: %s.", many, plan)
	sessions, err := s.anywhere(ctx, rotated)
	if err != nil {
		return err
	}
	before, err := s.facts(ctx)
	if err != nil {
		return err
	}
	count, err := rotateUnhurried(ctx, sessions)
	if err != nil {
		return err
	}
	after, err := s.facts(ctx)
	if err != nil {
		return err
	}
	name := fmt.Sprintf(" on PostgreSQL after %d rotations against before", count)
	b.rows = append(b.rows,
		sizes("table of sessions"+name, after.table, before.table),
		sizes("its indexes"+name, after.primary+after.byUser, before.primary+before.byUser))
	b.note("Of %d rotations on PostgreSQL %s were heap-only updates, which change no index; the whole table was read %d times.",
		after.updates-before.updates, percent(after.hot-before.hot, after.updates-before.updates), after.scans-before.scans)
	return nil
}

// rotateUnhurried rotates the sessions one after the other, again and again, as many
// as there is time for in each turn. It does not wait for the disk, which changes
// nothing about what is written.
func rotateUnhurried(ctx context.Context, sessions *rotations) (count int, err error) {
	unhurried, err := sessions.unhurried(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, unhurried.Close()) }()
	quick := &rotations{unhurried, sessions.current}
	for range rotationsOf {
		found, err := quick.all(ctx, 8, rotationTime/rotationsOf)
		if err != nil {
			return 0, err
		}
		count += len(found.took)
	}
	return count, nil
}

// sizes is a row about what must not grow.
func sizes(name string, measured, against int64) row {
	show := func(size int64) string { return fmt.Sprintf("%.1f MB", float64(size)/1e6) }
	return row{
		name: name, measured: show(measured), against: show(against),
		ratio: float64(measured) / float64(against), limit: 1.05, aim: 1.01, lessIsBetter: true,
	}
}

func percent(part, whole int64) string {
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// plan tells how PostgreSQL finds the session of a prepared statement.
func (s postgresStore) plan(ctx context.Context, name string) (string, error) {
	statement, err := s.statement(ctx, name)
	if err != nil {
		return "", err
	}
	conn, err := s.Pool().Acquire(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Release()
	if err := execAll(ctx, conn, "SET plan_cache_mode = force_generic_plan", "PREPARE shown AS "+statement); err != nil {
		return "", err
	}
	var parameters int
	if err := conn.QueryRow(ctx, "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'shown'").Scan(&parameters); err != nil {
		return "", err
	}
	lines, err := texts(conn.Query(ctx, "EXPLAIN (COSTS OFF) EXECUTE shown("+strings.TrimSuffix(strings.Repeat("NULL, ", parameters), ", ")+")"))
	if err != nil {
		return "", err
	}
	if err := execAll(ctx, conn, "DEALLOCATE shown", "RESET plan_cache_mode"); err != nil {
		return "", err
	}
	for i, line := range lines[:len(lines)-1] {
		if strings.Contains(line, "Scan") && strings.HasSuffix(line, "on sessions s") {
			return strings.TrimLeft(line, " ->") + ", " + strings.TrimSpace(lines[i+1]), nil
		}
	}
	return "", fmt.Errorf("a plan that reads no sessions:\n%s", strings.Join(lines, "\n"))
}
