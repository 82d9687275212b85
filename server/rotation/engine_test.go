package rotation_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

func TestBegin(t *testing.T) {
	w := newWorld(t)
	client := rotation.Client{UserAgent: "Mozilla/5.0", Address: "192.0.2.1"}
	grant, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u", Client: client})
	if err != nil {
		t.Fatal(err)
	}
	rec := grant.Session
	if grant.Outcome != rotation.Begun || grant.MaxAge != 30*day {
		t.Errorf("granted %s for %v, want %s for 30 days", grant.Outcome, grant.MaxAge, rotation.Begun)
	}
	if rec.UserID != "u" || rec.Generation != 0 || !rec.CreatedAt.Equal(base) || rec.Client != client ||
		!rec.IdleExpiresAt.Equal(base.Add(30*day)) || !rec.ExpiresAt.Equal(base.Add(90*day)) {
		t.Errorf("began %+v", rec)
	}
	if other := w.signIn(); other.Session.ID == rec.ID || other.Session.Nonce == rec.Nonce || raw(other) == raw(grant) {
		t.Error("two sessions have something in common")
	}
}

// The engine decides on times as the store keeps them, not on finer ones.
func TestTimesAreStored(t *testing.T) {
	w := newWorld(t)
	w.advance(123_456 * time.Nanosecond)
	grant := w.mustRefresh(raw(w.signIn()), rotation.Rotated)
	begun := w.signIn()
	for _, rec := range []rotation.Record{grant.Session, begun.Session} {
		if stored, _, err := w.store.Session(t.Context(), rec.ID); err != nil || stored != rec {
			t.Errorf("granted %+v, stored %+v (%v)", rec, stored, err)
		}
	}
}

func TestBeginCutsUserAgent(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", rotation.MaxUserAgent-1) + "é" // cut in the middle of the é
	grant, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u", Client: rotation.Client{UserAgent: long}})
	if err != nil {
		t.Fatal(err)
	}
	if want := long[:rotation.MaxUserAgent-1]; grant.Session.Client.UserAgent != want {
		t.Errorf("user agent ends in %q", grant.Session.Client.UserAgent[250:])
	}
}

func TestBeginReplaces(t *testing.T) {
	w := newWorld(t)
	old, rotated, bystander := w.signIn(), w.signIn(), w.signIn()
	w.mustRefresh(raw(rotated), rotation.Rotated)
	next := w.signIn(raw(old), raw(rotated), "garbage")
	w.wantRefused(raw(old), rotation.ErrRevoked, wire.ReasonReplaced)
	w.wantRefused(raw(rotated), rotation.ErrRevoked, wire.ReasonReplaced)
	w.mustRefresh(raw(bystander), rotation.Rotated)
	w.mustRefresh(raw(next), rotation.Rotated)
}

func TestDisabledUser(t *testing.T) {
	w := newWorld(t)
	err := w.store.CreateUser(t.Context(), account.Record{User: account.User{ID: "u", Email: "u@example.com", CreatedAt: base}})
	if err != nil {
		t.Fatal(err)
	}
	grant := w.signIn()
	if err := w.store.SetDisabled(t.Context(), "u", base); err != nil {
		t.Fatal(err)
	}
	w.wantRefused(raw(grant), rotation.ErrRevoked, wire.ReasonDisabled)
	if _, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u"}); !errors.Is(err, rotation.ErrDisabled) {
		t.Errorf("sign in: %v, want %v", err, rotation.ErrDisabled)
	}
}

func TestDatabaseAway(t *testing.T) {
	w := newWorld(t)
	grant := w.signIn()
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"begin":    func() error { _, err := w.Begin(t.Context(), rotation.SignIn{UserID: "u"}); return err },
		"refresh":  func() error { _, err := w.refresh(raw(grant)); return err },
		"logout":   func() error { _, err := w.Logout(t.Context(), rotation.SignOut{SessionID: "s"}); return err },
		"seen":     func() error { return w.Seen(t.Context(), grant.Session.ID, 1) },
		"sessions": func() error { _, err := w.Sessions(t.Context(), "u"); return err },
		"end":      func() error { _, err := w.End(t.Context(), "u", grant.Session.ID); return err },
		"live":     func() error { return w.Live(t.Context(), grant.Session.ID) },
		"prune":    func() error { _, err := w.Prune(t.Context()); return err },
	} {
		if err := call(); !errors.Is(err, rotation.ErrUnavailable) {
			t.Errorf("%s: %v, want %v", name, err, rotation.ErrUnavailable)
		}
	}
	w.Engine, w.store = w.node(w.secrets)
	w.mustRefresh(raw(grant), rotation.Rotated)
}

func TestSeen(t *testing.T) {
	w := newWorld(t)
	grant := w.mustRefresh(raw(w.signIn()), rotation.Rotated)
	id := grant.Session.ID
	seenAt := func() time.Time {
		t.Helper()
		rec, _, err := w.store.Session(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return rec.SeenAt
	}
	for _, test := range []struct {
		name       string
		id         string
		generation int64
		want       time.Time
	}{
		{"the generation before", id, 0, time.Time{}},
		{"a generation to come", id, 2, time.Time{}},
		{"an unknown session", "unknown", 1, time.Time{}},
		{"this generation", id, 1, base.Add(3 * time.Second)},
		{"once more", id, 1, base.Add(3 * time.Second)},
	} {
		if err := w.Seen(t.Context(), test.id, test.generation); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := seenAt(); !got.Equal(test.want) {
			t.Errorf("%s: seen at %v, want %v", test.name, got, test.want)
		}
		w.advance(time.Second)
	}
	w.mustRefresh(raw(grant), rotation.Rotated)
	if got := seenAt(); !got.IsZero() {
		t.Errorf("the next generation was seen at %v before it was used", got)
	}
}

// A generation is marked once; after that an access token costs no write. Another
// connection holds the write lock here, so that a write would fail.
func TestSeenWritesOnce(t *testing.T) {
	w := newWorld(t)
	grant := w.mustRefresh(raw(w.signIn()), rotation.Rotated)
	if err := w.Seen(t.Context(), grant.Session.ID, 1); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", w.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	lock, err := db.Conn(t.Context())
	if err == nil {
		_, err = lock.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	for generation := range int64(2) {
		if err := w.Seen(t.Context(), grant.Session.ID, generation); err != nil {
			t.Errorf("generation %d: %v", generation, err)
		}
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNew(t *testing.T) {
	w := newWorld(t)
	for name, config := range map[string]rotation.Config{
		"Issuer":  {Secrets: w.secrets, Store: w.store},
		"Secrets": {Issuer: issuer, Store: w.store},
		"Store":   {Issuer: issuer, Secrets: w.secrets},
		"Grace":   {Issuer: issuer, Secrets: w.secrets, Store: w.store, Policy: rotation.Policy{Grace: -1}},
	} {
		if _, err := rotation.New(config); !errors.Is(err, rotation.ErrConfig) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %v that names it", name, err, rotation.ErrConfig)
		}
	}
}
