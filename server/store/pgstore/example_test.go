package pgstore_test

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/pgstore"
)

// An application whose tables are in PostgreSQL already has ours beside them, in a
// schema of their own, and shares its connections.
func ExampleNew() {
	run := func(ctx context.Context, pool *pgxpool.Pool, secrets secret.Set, users interface {
		Check(ctx context.Context, email, password string) (server.User, error)
	},
	) (*server.Auth, error) {
		store := pgstore.New(pool)
		if err := store.Migrate(ctx); err != nil {
			return nil, err
		}
		return server.New(server.Config{
			Issuer: "https://api.example.com", Store: store, Secrets: secrets,
			Authenticate: users.Check,
		})
	}
	_ = run
}
