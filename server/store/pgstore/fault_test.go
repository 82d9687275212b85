package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/pgstore"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// rotator rotates one session again and again.
type rotator struct {
	store *pgstore.Store
	rec   rotation.Record
}

func newRotator(t *testing.T, store *pgstore.Store) *rotator {
	t.Helper()
	return &rotator{store, create(t, store, "a")}
}

func (r *rotator) rotate(ctx context.Context) error {
	token := rotation.Token{SessionID: r.rec.ID, Generation: r.rec.Generation, Nonce: r.rec.Nonce}
	next := rotation.Successor{Nonce: fmt.Sprint("nonce ", r.rec.Generation+1), IdleTTL: time.Hour}
	after, err := r.store.RotateCurrent(ctx, token, "u", next)
	if err == nil {
		r.rec = after
	}
	return err
}

func (r *rotator) wantUnavailable(ctx context.Context, t *testing.T, when string) {
	t.Helper()
	if err := r.rotate(ctx); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("%s: %v, want %v", when, err, rotation.ErrUnavailable)
	}
}

func (r *rotator) want(t *testing.T, when string) {
	t.Helper()
	if err := r.rotate(t.Context()); err != nil {
		t.Errorf("%s: %v", when, err)
	}
}

// A row is locked for longer than a statement may take, as by a migration that is run
// by hand at noon.
func TestLocked(t *testing.T) {
	for _, setting := range []string{"lock_timeout", "statement_timeout"} {
		t.Run(setting, func(t *testing.T) {
			databaseURL := database(t)
			r := newRotator(t, open(t, with(t, databaseURL, setting, "50ms")))
			lock, err := connect(t, databaseURL).Begin(t.Context())
			if err == nil {
				_, err = lock.Exec(t.Context(), "LOCK TABLE authfetch.sessions")
			}
			if err != nil {
				t.Fatal(err)
			}
			r.wantUnavailable(t.Context(), t, "locked")
			if err := lock.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.want(t, "afterwards")
		})
	}
}

// All connections are in use: who waits gives up in time, and gets on afterwards.
func TestPoolExhausted(t *testing.T) {
	r := newRotator(t, open(t, with(t, database(t), "pool_max_conns", "1")))
	conn, err := r.store.Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r.wantUnavailable(ctx, t, "exhausted")
	conn.Release()
	r.want(t, "afterwards")
}

// Every connection is cut, in the middle of whatever it does.
func TestConnectionsCut(t *testing.T) {
	databaseURL := database(t)
	r := newRotator(t, open(t, with(t, databaseURL, "pool_max_conns", "1")))
	const cut = `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`
	for range 3 {
		execute(t, databaseURL, cut)
		// It may be found out by the first who needs it, and not by a second one.
		if err := r.rotate(t.Context()); err != nil && !errors.Is(err, rotation.ErrUnavailable) {
			t.Errorf("cut: %v", err)
		}
		r.want(t, "afterwards")
	}
}

// After a failover a node may still be connected to a server that is a standby now.
func TestReadOnly(t *testing.T) {
	databaseURL := database(t)
	r := newRotator(t, open(t, databaseURL))
	standby := &rotator{open(t, with(t, databaseURL, "default_transaction_read_only", "on")), r.rec}
	standby.wantUnavailable(t.Context(), t, "read-only")
	r.want(t, "on the primary")
}

// A transaction that its node has left behind does not hold its locks for ever.
func TestNodeDiesInTransaction(t *testing.T) {
	databaseURL := with(t, database(t), "idle_in_transaction_session_timeout", "50ms")
	store, other := open(t, databaseURL), open(t, databaseURL)
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- store.ChangeBuckets(t.Context(), []string{"a"}, func(_ time.Time, _ []account.Bucket) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	err := other.ChangeBuckets(t.Context(), []string{"a"}, func(_ time.Time, b []account.Bucket) error {
		b[0] = account.Bucket{Failures: 1, ForgetAt: time.Now()}
		return nil
	})
	if err != nil {
		t.Errorf("beside it: %v", err)
	}
	close(release)
	if err := <-done; !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("the one that was left behind: %v, want %v", err, rotation.ErrUnavailable)
	}
}

// The server crashes and comes back: what was answered is there.
func TestServerCrashes(t *testing.T) {
	server := pgtest.Start(t)
	r := newRotator(t, open(t, server.Database(t)))
	for range 2 {
		r.want(t, "before")
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		r.wantUnavailable(t.Context(), t, "while it is away")
		server.Restart(t)
		before := r.rec
		for {
			after, _, err := r.store.Session(t.Context(), r.rec.ID)
			if errors.Is(err, rotation.ErrUnavailable) && t.Context().Err() == nil {
				continue // on a connection of before
			}
			if err != nil || after != before {
				t.Fatalf("the session is %+v (%v), want %+v", after, err, before)
			}
			break
		}
		r.want(t, "after it came back")
	}
}

// What no proof may wait for is not what a session may do without: its connection
// waits for the disk again afterwards.
func TestDurability(t *testing.T) {
	databaseURL := database(t)
	store := open(t, with(t, databaseURL, "pool_max_conns", "1"))
	setting := func(db interface {
		QueryRow(ctx context.Context, statement string, args ...any) pgx.Row
	},
	) (value string) {
		t.Helper()
		if err := db.QueryRow(t.Context(), "SHOW synchronous_commit").Scan(&value); err != nil {
			t.Fatal(err)
		}
		return value
	}
	if _, err := store.UseProof(t.Context(), dpop.ID{1}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if value := setting(store.Pool()); value != "on" {
		t.Errorf("synchronous_commit is %s after a proof, want on", value)
	}
	tx, err := store.Pool().Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), pgstore.ProofUse, make([]byte, 32), time.Now()); err != nil {
		t.Fatal(err)
	}
	if value := setting(tx); value != "off" {
		t.Errorf("synchronous_commit is %s with a proof, want off", value)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}
