package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	few, many = 1000, 1_000_000
	old       = 20_000 // sessions that ended long ago

	active     = 1000 // sessions that are refreshed, one after the other
	crowdTurns = 7
)

// measureCrowd compares the slowest refreshes with few and with many sessions in
// the database, and those while old sessions are removed.
func measureCrowd(ctx context.Context, b *bench, k kind) error {
	var sides [2]operation
	var crowd *database
	for i, size := range []int{few, many} {
		b.say("%s with %d sessions", k.name, size)
		d, err := openDatabase(ctx, b, k, fmt.Sprint(size))
		if err != nil {
			return err
		}
		tokens, err := d.begin(ctx, active)
		if err != nil {
			return err
		}
		sides[i], crowd = d.refresher(tokens), d
		// Who has refreshed has more in the row.
		if err := each(active, func(n int) error { return sides[i](ctx, n) }); err != nil {
			return err
		}
		if size > active {
			if err := d.store.fill(ctx, size-active, 0); err != nil {
				return err
			}
		}
	}
	b.say("refreshes of %d sessions in both", active)
	small, large, err := slowest(ctx, sides[0], sides[1])
	if err != nil {
		return err
	}
	b.rows = append(b.rows, times("refresh p99 on "+k.name+", 1,000,000 sessions against 1,000, 1 client", large, small, 1.5, 1.1))

	b.say("refreshes while %d old sessions are removed", old)
	removed, err := whilePruning(ctx, crowd, sides[1])
	if err != nil {
		return err
	}
	b.rows = append(b.rows, times("refresh p99 on "+k.name+" while old sessions are removed against before", removed, large, 0, 0))
	if s, ok := crowd.store.(postgresStore); ok {
		return measureGrowth(ctx, b, s)
	}
	return nil
}

// slowest returns the p99 of both, measured in turns: the medians of the turns.
func slowest(ctx context.Context, a, b operation) (ofA, ofB time.Duration, err error) {
	var as, bs []time.Duration
	for range crowdTurns {
		for _, side := range []struct {
			op   operation
			into *[]time.Duration
		}{{a, &as}, {b, &bs}} {
			p, err := p99(ctx, side.op)
			if err != nil {
				return 0, 0, err
			}
			*side.into = append(*side.into, p)
		}
	}
	return median(as), median(bs), nil
}

// p99 is how long the operation takes in 99 of 100 cases at most, each session
// once.
func p99(ctx context.Context, op operation) (time.Duration, error) {
	taken := make([]time.Duration, active)
	for i := range taken {
		start := time.Now()
		if err := op(ctx, i); err != nil {
			return 0, err
		}
		taken[i] = time.Since(start)
	}
	return quantile(taken, 0.99), nil
}

// whilePruning is the p99 while the engine removes sessions.
func whilePruning(ctx context.Context, d *database, op operation) (time.Duration, error) {
	if err := d.store.fill(ctx, old, 30*24*time.Hour); err != nil {
		return 0, err
	}
	pruned := make(chan error, 1)
	go func() {
		count, err := d.engine.Prune(ctx)
		if err == nil && count != old {
			err = fmt.Errorf("%d sessions were removed, not %d", count, old)
		}
		pruned <- err
	}()
	var turns []time.Duration
	for {
		p, err := p99(ctx, op)
		if err != nil {
			return 0, errors.Join(err, <-pruned)
		}
		turns = append(turns, p)
		select {
		case err := <-pruned:
			return median(turns), err
		default:
		}
	}
}

// times is a row about durations.
func times(name string, measured, against time.Duration, limit, aim float64) row {
	show := func(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }
	return row{
		name: name, measured: show(measured), against: show(against),
		ratio: float64(measured) / float64(against), limit: limit, aim: aim, lessIsBetter: true,
	}
}
