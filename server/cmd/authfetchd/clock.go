package main

import (
	"context"
	"log/slog"
	"time"
)

// clocked is a database with a clock of its own, which sessions go by.
type clocked interface {
	// Clock is what it says. The error wraps rotation.ErrUnavailable.
	Clock(ctx context.Context) (time.Time, error)
}

// compareClocks warns where this machine's clock, which access tokens go by, and the
// database's are further apart than clocks may be.
func compareClocks(ctx context.Context, db clocked, now func() time.Time, leeway time.Duration, log *slog.Logger) error {
	before := now()
	theirs, err := db.Clock(ctx)
	if err != nil {
		return err
	}
	after := now()
	// Theirs was read at some time between ours.
	apart, direction := max(before.Sub(theirs), theirs.Sub(after)), "ahead of"
	if apart <= leeway {
		return nil
	}
	if theirs.After(after) {
		direction = "behind"
	}
	log.LogAttrs(ctx, slog.LevelWarn, "the clock of this machine is "+direction+" the database's; set both by NTP, or servers refuse each other's access tokens",
		slog.String("by", shortDuration(apart.Round(time.Second))), slog.String("leeway", shortDuration(leeway)))
	return nil
}
