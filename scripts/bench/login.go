package main

import (
	"context"
	"runtime"

	"golang.org/x/crypto/argon2"

	"github.com/authfetch/authfetch/server/account"
)

// measureLogin compares logins over HTTP with bare hashes of the same cost, as
// many at a time as there are processors.
func measureLogin(ctx context.Context, b *bench) error {
	clients := runtime.GOMAXPROCS(0)
	d, err := openDatabase(ctx, b, sqlite, "login")
	if err != nil {
		return err
	}
	accounts, err := account.New(account.Config{Store: d.store})
	if err != nil {
		return err
	}
	if _, err := accounts.Add(ctx, account.NewUser{Email: email, Password: password}); err != nil {
		return err
	}
	s, err := openSite(ctx, b, d, accounts.Authenticate, clients)
	if err != nil {
		return err
	}
	b.say("logins, %s", by(clients))
	found, err := comparison{clients, s.login, hash}.measure(ctx)
	if err != nil {
		return err
	}
	b.rows = append(b.rows, found.row("login against a bare Argon2id hash, "+by(clients)))
	return nil
}

// hash is what a login cannot do without.
func hash(context.Context, int) error {
	cost := account.DefaultParams()
	argon2.IDKey([]byte(password), make([]byte, 16), cost.Passes, cost.Memory, cost.Lanes, 32)
	return nil
}
