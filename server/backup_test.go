package server_test

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// Row 13: the database is that of yesterday, and clients are ahead of it. Nobody
// who has the tokens of today is taken for a thief, and those of yesterday work.
func TestRestoredBackup(t *testing.T) {
	s := start(t)
	ahead, still := signedIn(t, s), signedIn(t, s)
	dir := backup(t, s)
	before := ahead.Copy()
	wantStatus(t, ahead.Refresh(), http.StatusOK)
	later := signedIn(t, s)

	var outcomes []rotation.Outcome
	restored := servertest.New(t, servertest.Options{Dir: dir, Configure: func(c *server.Config) {
		c.Observer = observe(func(e server.Event) { outcomes = append(outcomes, e.Outcome) })
	}})
	for _, row := range []struct {
		name string
		b    *servertest.Browser
		want wire.Code // empty: 200
	}{
		{"a session that is as it was", still, ""},
		{"a session that has begun since", later, wire.SessionUnknown},
		{"a generation that has been made since", ahead, wire.SessionUnknown},
		{"the generation before it", before, ""},
		{"that generation, now that the backup has one of its own", ahead, wire.SessionUnknown},
		{"and once more, now that it is the previous one", ahead, wire.SessionUnknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			outcomes = nil
			b := row.b.Copy().At(restored)
			res := b.Refresh()
			outcome := rotation.Rotated
			if row.want == "" {
				wantStatus(t, res, http.StatusOK)
			} else {
				outcome = rotation.Unknown
				wantRefusal(t, res, row.want)
				wantChallenge(t, res, "invalid_token")
			}
			if len(outcomes) != 1 || outcomes[0] != outcome {
				t.Errorf("outcomes %v, want %s", outcomes, outcome)
			}
		})
	}
}

// backup copies a running server's database, as an operator does, and its secret.
func backup(t *testing.T, s *servertest.Server) (dir string) {
	t.Helper()
	dir = t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(s.Dir, "authfetch.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO ?1", filepath.Join(dir, "authfetch.db")); err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(filepath.Join(s.Dir, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), secret, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
