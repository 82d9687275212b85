package main

import (
	"context"
	"errors"
	"fmt"
)

// measureRefresh compares refreshes with the bare statement on the same database.
func measureRefresh(ctx context.Context, b *bench, k kind) error {
	d, err := openDatabase(ctx, b, k, "refresh")
	if err != nil {
		return err
	}
	for _, clients := range []int{1, 8, 64} {
		b.say("refreshes on %s, %s", k.name, by(clients))
		tokens, err := d.begin(ctx, clients)
		if err != nil {
			return err
		}
		bare, err := openBareRotation(ctx, d, clients)
		if err != nil {
			return err
		}
		found, err := comparison{clients, d.refresher(tokens), bare.rotate}.measure(ctx)
		if err = errors.Join(err, bare.Close()); err != nil {
			return err
		}
		row := found.row(fmt.Sprintf("refresh on %s against the bare statement, %s", k.name, by(clients)))
		row.limit, row.aim = 0.8, k.aim
		b.rows = append(b.rows, row)
	}
	return nil
}
