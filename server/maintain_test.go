package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/wire"
)

// The clock of the bubble is the server's too.
func inBubble(t *testing.T, test func(t *testing.T, auth *server.Auth, db *sqlitestore.Store, log *servertest.Log)) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"))
		if err != nil {
			t.Fatal(err)
		}
		accounts, err := account.New(account.Config{Store: db, Params: account.Params{Memory: 64, Passes: 1, Lanes: 1}})
		if err != nil {
			t.Fatal(err)
		}
		if err := accounts.Ensure(t.Context(), account.NewUser{Email: servertest.Email, Password: servertest.Password}); err != nil {
			t.Fatal(err)
		}
		log := &servertest.Log{}
		auth, err := server.New(server.Config{
			Issuer: servertest.Issuer, Store: db, Secrets: secret.Generate(), Authenticate: accounts.Authenticate,
			Tokens: server.TokenConfig{AbsoluteTTL: time.Hour},
			HTTP:   server.HTTPConfig{Logger: slog.New(slog.NewTextHandler(log, nil))},
		})
		if err != nil {
			t.Fatal(err)
		}
		test(t, auth, db, log)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// after waits in the bubble, where it takes no time.
func after(d time.Duration) { <-time.After(d) }

func TestRun(t *testing.T) {
	inBubble(t, func(t *testing.T, auth *server.Auth, db *sqlitestore.Store, log *servertest.Log) {
		ctx, stop := context.WithCancel(t.Context())
		go auth.Run(ctx) // the bubble fails when it does not end
		body := strings.NewReader(`{"email":"user@example.com","password":"pa55w0rd"}`)
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, pathAuth, body)
		req.Header.Set("Content-Type", wire.TypeJSON)
		answer := httptest.NewRecorder()
		auth.Handler().ServeHTTP(answer, req)
		if answer.Code != http.StatusCreated {
			t.Fatalf("status %d: %s", answer.Code, answer.Body)
		}
		const removed = `msg="old sessions removed" count=1`
		after(7 * 24 * time.Hour)
		if strings.Contains(log.String(), removed) {
			t.Errorf("a session is gone before a week has passed since its end:\n%s", log)
		}
		after(3 * time.Hour)
		if got := strings.Count(log.String(), removed); got != 1 {
			t.Errorf("%d passes say that the session was removed, want one:\n%s", got, log)
		}
		stop()
	})
}

func TestRunGoesOnAfterAFailure(t *testing.T) {
	inBubble(t, func(t *testing.T, auth *server.Auth, db *sqlitestore.Store, log *servertest.Log) {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := auth.Maintain(t.Context()); !isUnavailable(err) {
			t.Errorf("error %v, want ErrUnavailable", err)
		}
		const failed = `level=WARN msg="maintenance failed" cause=`
		ctx, stop := context.WithCancel(t.Context())
		go auth.Run(ctx)
		for hour := range 10 {
			before := strings.Count(log.String(), failed)
			synctest.Wait()
			if got := strings.Count(log.String(), failed); hour == 0 && got != 1 {
				t.Errorf("%d records of the first failure, want one:\n%s", got, log)
			}
			after(2 * time.Hour)
			if got := strings.Count(log.String(), failed); got == before {
				t.Errorf("after two hours nobody has tried again:\n%s", log)
			}
		}
		stop()
		synctest.Wait()
		records := log.String()
		after(24 * time.Hour)
		if log.String() != records {
			t.Error("it runs on after its context has ended")
		}
	})
}

// Nodes that start together drift apart.
func TestRunHasNoFixedBeat(t *testing.T) {
	inBubble(t, func(t *testing.T, auth *server.Auth, db *sqlitestore.Store, log *servertest.Log) {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		for range 5 {
			go auth.Run(ctx)
		}
		after(10 * time.Hour)
		stop()
		synctest.Wait()
		beats := make(map[string]bool)
		for line := range strings.Lines(log.String()) {
			beats[strings.Fields(line)[0]] = true
		}
		if len(beats) < 20 {
			t.Errorf("five nodes work at %d different moments of ten hours, want them apart", len(beats))
		}
	})
}

// A sign-in counts as pending until its end is written. A stop must not leave it
// so: a developer restarts the server more often than a thief guesses.
func TestRestartsLockNobodyOut(t *testing.T) {
	dir := t.TempDir()
	for range 12 {
		s := servertest.New(t, servertest.Options{Dir: dir})
		ctx, stop := context.WithCancel(t.Context())
		ran := make(chan struct{})
		go func() {
			s.Auth.Run(ctx)
			close(ran)
		}()
		signedIn(t, s)
		stop()
		<-ran
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
