package main

import (
	"context"
	"errors"
)

// measureRefresh compares refreshes with the bare statement on the same database.
func measureRefresh(ctx context.Context, b *bench) (err error) {
	d, err := openDatabase(ctx, b.dir, "refresh.db")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.store.Close()) }()
	for _, clients := range []int{1, 8, 64} {
		b.say("refreshes, %s", by(clients))
		tokens, err := d.begin(ctx, clients)
		if err != nil {
			return err
		}
		bare, err := openBareRotation(ctx, d, clients)
		if err != nil {
			return err
		}
		found, err := comparison{clients, d.refresher(tokens), bare.rotate}.measure(ctx)
		if err = errors.Join(err, bare.close()); err != nil {
			return err
		}
		row := found.row("refresh against the bare statement, " + by(clients))
		row.limit, row.aim = 0.8, 1
		b.rows = append(b.rows, row)
	}
	return nil
}
