package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

// maintainInterval is how often Run looks after the database, give or take a
// fifth, so that nodes that started together do not do so together for ever.
const maintainInterval = time.Hour

// Maintain looks after what the server keeps, once: it removes sessions that
// ended long ago, counts of failed attempts that say nothing any more, and proofs
// whose nonces do not count any more, and gives the signing keys what is due. It
// works in small steps that no request waits for, and any number of nodes may do so
// at once. The error joins those of all parts; a part that fails keeps none of the
// others.
func (a *Auth) Maintain(ctx context.Context) error {
	var errs []error
	if n, err := a.engine.Prune(ctx); err != nil {
		errs = append(errs, fmt.Errorf("server: remove old sessions: %w", err))
	} else if n > 0 {
		a.log.LogAttrs(ctx, slog.LevelInfo, "old sessions removed", slog.Int("count", n))
	}
	if _, err := a.throttle.Prune(ctx); err != nil {
		errs = append(errs, fmt.Errorf("server: %w", err))
	}
	if _, err := a.bound.Forget(ctx); err != nil {
		errs = append(errs, fmt.Errorf("server: %w", err))
	}
	if done, err := a.keys.Maintain(ctx); err != nil {
		errs = append(errs, fmt.Errorf("server: %w", err))
	} else if !done.IsZero() {
		a.log.LogAttrs(ctx, slog.LevelInfo, "signing keys maintained", slog.String("added", done.Added),
			slog.Any("private_part_destroyed", done.Stripped), slog.Any("removed", done.Removed))
	}
	return errors.Join(errs...)
}

// Run calls Maintain at once and then every hour or so, until the context ends,
// and then writes what can wait no longer: let it end after the last request, and
// wait for it before the store is closed. What fails goes to the log, and is tried
// again the next time:
//
//	go auth.Run(ctx)
func (a *Auth) Run(ctx context.Context) {
	defer a.flush(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := a.Maintain(ctx); err != nil && ctx.Err() == nil {
			a.log.LogAttrs(ctx, slog.LevelWarn, "maintenance failed", slog.String("cause", err.Error()))
		}
		timer.Reset(maintainInterval*4/5 + rand.N(maintainInterval*2/5))
	}
}

// flush takes little enough time for a process that is about to end.
func (a *Auth) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), databaseTimeout)
	defer cancel()
	if err := a.throttle.Flush(ctx); err != nil {
		a.log.LogAttrs(ctx, slog.LevelWarn, "sign-ins stay pending", slog.String("cause", err.Error()))
	}
}
