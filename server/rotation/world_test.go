package rotation_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/wire"
)

const issuer = "https://api.example.com"

// world is an engine over a real database, with a clock that stands still until
// it is moved.
type world struct {
	*rotation.Engine
	t       testing.TB
	path    string
	secrets secret.Set
	policy  rotation.Policy
	store   *sqlitestore.Store

	mu     sync.Mutex
	now    time.Time
	events []rotation.Event // what an operator wants to look into
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, rotation.Policy{})
}

func newWorldWith(t testing.TB, policy rotation.Policy) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "test.db"), secrets: secret.Generate(), policy: policy, now: base}
	w.Engine, w.store = w.node(w.secrets)
	return w
}

// node starts another engine on the database, as another process would.
func (w *world) node(secrets secret.Set) (*rotation.Engine, *sqlitestore.Store) {
	w.t.Helper()
	store, err := sqlitestore.Open(w.t.Context(), w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = store.Close() })
	return w.engine(w.t, store, secrets), store
}

func (w *world) engine(t testing.TB, store rotation.Store, secrets secret.Set) *rotation.Engine {
	t.Helper()
	engine, err := rotation.New(rotation.Config{
		Issuer: issuer, Secrets: secrets, Store: store, Policy: w.policy,
		Now: w.clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// Refresh is the engine's, with the events noted.
func (w *world) Refresh(ctx context.Context, request rotation.Request) (rotation.Grant, error) {
	grant, err := w.Engine.Refresh(ctx, request)
	event := grant.Event
	if refusal, ok := errors.AsType[*rotation.Refusal](err); ok {
		event = refusal.Event
	}
	if event.Suspicious() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, event)
	}
	return grant, err
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// outcomes are those of the events until now.
func (w *world) outcomes() []rotation.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []rotation.Outcome
	for _, event := range w.events {
		all = append(all, event.Outcome)
	}
	return all
}

// signIn begins a session for user u.
func (w *world) signIn(replaces ...string) rotation.Grant {
	w.t.Helper()
	grant, err := w.Begin(w.t.Context(), rotation.SignIn{UserID: "u", Replaces: replaces})
	if err != nil {
		w.t.Fatalf("sign in: %v", err)
	}
	return grant
}

// refresh presents one token and nothing else.
func (w *world) refresh(token string) (rotation.Grant, error) {
	return w.Refresh(w.t.Context(), rotation.Request{Tokens: []string{token}})
}

// mustRefresh wants a refresh to succeed.
func (w *world) mustRefresh(token string, want rotation.Outcome) rotation.Grant {
	w.t.Helper()
	grant, err := w.refresh(token)
	if err != nil || grant.Outcome != want {
		w.t.Fatalf("refresh: %s, %v, want %s", grant.Outcome, err, want)
	}
	return grant
}

// wantRefused wants a refresh to fail.
func (w *world) wantRefused(token string, want error, reason wire.Reason) {
	w.t.Helper()
	_, err := w.refresh(token)
	wantRefusal(w.t, err, want, reason)
}

func wantRefusal(t testing.TB, err, want error, reason wire.Reason) {
	t.Helper()
	var got wire.Reason
	if refusal, ok := errors.AsType[*rotation.Refusal](err); ok {
		got = refusal.Reason
	}
	if !errors.Is(err, want) || got != reason {
		t.Fatalf("refresh: %v with reason %q, want %v with %q", err, got, want, reason)
	}
}

func raw(grant rotation.Grant) string { return grant.RefreshToken.Reveal() }

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}
