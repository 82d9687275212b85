package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "sessions.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = store.Close() }()

	now := time.Now()
	engine, err := rotation.New(rotation.Config{
		Issuer: "https://api.example.com", Secrets: secret.Generate(), Store: store,
		Now: func() time.Time { return now },
	})
	if err != nil {
		log.Fatal(err)
	}
	grant, err := engine.Begin(ctx, rotation.SignIn{UserID: "ada"})
	if err != nil {
		log.Fatal(err)
	}
	first := grant.RefreshToken.Reveal()

	present := func(token string) string {
		grant, err := engine.Refresh(ctx, rotation.Request{Tokens: []string{token}})
		if err != nil {
			fmt.Println(err)
			return ""
		}
		fmt.Println(grant.Outcome, grant.Session.Generation)
		return grant.RefreshToken.Reveal()
	}
	second := present(first)
	present(first) // another tab, a moment later
	third := present(second)

	now = now.Add(time.Hour)
	present(first) // somebody has copied it
	present(third)

	_, err = engine.Refresh(ctx, rotation.Request{Tokens: []string{third}})
	var refusal *rotation.Refusal
	fmt.Println(errors.As(err, &refusal), refusal.Reason)
	// Output:
	// rotated 1
	// replayed 1
	// rotated 2
	// refresh token was used before
	// session is revoked: reuse
	// true reuse
}
