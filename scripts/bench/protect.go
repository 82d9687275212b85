package main

import (
	"context"
)

// measureProtect compares a route that wants an access token with the same route
// open to everybody, over HTTP on connections that are kept. The clients run in
// this process, and take their part of the processors.
func measureProtect(ctx context.Context, b *bench) error {
	const clients = 8
	d, err := openDatabase(ctx, b, sqlite, "protect")
	if err != nil {
		return err
	}
	s, err := openSite(ctx, b, d, anybody, clients)
	if err != nil {
		return err
	}
	for _, route := range []struct {
		name, path string
		limit, aim float64
	}{
		{"RequireAuth against the route open", "/protected", 0.85, 0.95},
		{"RequireAuth(LiveSession) against the route open", "/live", 0, 0},
	} {
		b.say("the route %s, %s", route.path, by(clients))
		found, err := comparison{clients, s.getter(route.path), s.getter("/open")}.measure(ctx)
		if err != nil {
			return err
		}
		row := found.row(route.name + ", " + by(clients))
		row.limit, row.aim = route.limit, route.aim
		b.rows = append(b.rows, row)
	}
	b.say("refreshes over HTTP, %s", by(clients))
	tokens, err := d.begin(ctx, clients)
	if err != nil {
		return err
	}
	found, err := comparison{clients, s.refresh, d.refresher(tokens)}.measure(ctx)
	if err != nil {
		return err
	}
	b.rows = append(b.rows, found.row("refresh over HTTP against without, "+by(clients)))
	return nil
}
