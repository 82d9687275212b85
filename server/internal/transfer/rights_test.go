package transfer_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/store/pgstore"
)

// A role that is good enough for a server cannot mark a database as moved, and is told
// so before anything is copied.
func TestSourceOfAServersRole(t *testing.T) {
	owners := newPostgres(t)
	owners.do(t, `CREATE ROLE mover LOGIN PASSWORD 'mover'; GRANT USAGE ON SCHEMA authfetch TO mover;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA authfetch TO mover`)
	t.Cleanup(func() { owners.do(t, "DROP OWNED BY mover; DROP ROLE mover") })
	address, err := url.Parse(owners.name)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("mover", "mover")
	store, err := pgstore.Open(t.Context(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	source, err := store.MoveFrom(t.Context())
	if err == nil {
		t.Fatal(errors.Join(errors.New("nobody refused"), source.Release()))
	}
	if !errors.Is(err, pgstore.ErrDenied) || !strings.Contains(err.Error(), "use the role that made the tables") {
		t.Errorf("error %v, want %v", err, pgstore.ErrDenied)
	}
}
