package rotation_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

func TestRefreshInARow(t *testing.T) {
	w := newWorld(t)
	first := w.signIn()
	grant, tokens := first, []string{raw(first)}
	for generation := range int64(5) {
		w.advance(time.Minute)
		grant = w.mustRefresh(raw(grant), rotation.Rotated)
		if slices.Contains(tokens, raw(grant)) {
			t.Error("a refresh token came back")
		}
		tokens = append(tokens, raw(grant))
		if grant.Session.ID != first.Session.ID || grant.Session.Generation != generation+1 || !grant.Session.CreatedAt.Equal(base) {
			t.Errorf("refreshed to %+v", grant.Session)
		}
	}
	list, err := w.Sessions(t.Context(), "u")
	if err != nil || len(list) != 1 || list[0].ID != first.Session.ID {
		t.Errorf("sessions are %+v (%v), want one", list, err)
	}
}

func TestRefreshNotesClient(t *testing.T) {
	w := newWorld(t)
	grant := w.signIn()
	client := rotation.Client{UserAgent: "curl/8", Address: "2001:db8::5"}
	grant, err := w.Refresh(t.Context(), rotation.Request{Tokens: []string{raw(grant)}, Client: client})
	if err != nil || grant.Session.Client != client {
		t.Errorf("client is %+v (%v), want %+v", grant.Session.Client, err, client)
	}
}

func TestRefreshPredecessor(t *testing.T) {
	w := newWorld(t)
	first := w.signIn()
	second := w.mustRefresh(raw(first), rotation.Rotated)
	w.advance(5 * time.Second)
	again := w.mustRefresh(raw(first), rotation.Replayed)
	if raw(again) != raw(second) || again.Session.Generation != second.Session.Generation {
		t.Error("the predecessor was answered with something else than the same successor")
	}
	third := w.mustRefresh(raw(second), rotation.Rotated)
	w.wantRefused(raw(first), rotation.ErrSuperseded, "")
	w.advance(30*time.Second + ms)
	w.mustRefresh(raw(second), rotation.Recovered)
	w.wantRefused(raw(first), rotation.ErrReused, "")
	w.wantRefused(raw(third), rotation.ErrRevoked, wire.ReasonReuse)
}

func TestRefreshThreeBack(t *testing.T) {
	w := newWorld(t)
	first := w.signIn()
	grant := first
	for range 3 {
		grant = w.mustRefresh(raw(grant), rotation.Rotated)
	}
	w.wantRefused(raw(first), rotation.ErrReused, "")
	w.wantRefused(raw(grant), rotation.ErrRevoked, wire.ReasonReuse)
}

func TestRefreshAfterSuccessorWasUsed(t *testing.T) {
	for _, test := range []struct {
		name string
		use  func(w *world, successor rotation.Grant) error
		want error
	}{
		{"its access token reached the server", func(w *world, g rotation.Grant) error {
			return w.Seen(w.t.Context(), g.Session.ID, g.Session.Generation)
		}, rotation.ErrReused},
		{"it was presented", func(w *world, g rotation.Grant) error {
			_, err := w.refresh(raw(g))
			return err
		}, rotation.ErrReused},
		{"it was presented, to a user who had changed", func(w *world, g rotation.Grant) error {
			_, err := w.Refresh(w.t.Context(), rotation.Request{Tokens: []string{raw(g)}, Access: access("v", "x", 0)})
			if errors.Is(err, rotation.ErrSwitched) {
				return nil
			}
			return err
		}, rotation.ErrReused},
		{"its access token came with the predecessor", func(w *world, g rotation.Grant) error {
			_, err := w.Refresh(w.t.Context(), rotation.Request{
				Tokens: []string{raw(g)}, Access: access("u", g.Session.ID, g.Session.Generation),
			})
			return err
		}, rotation.ErrReused},
		{"an access token of the generation before came late", func(w *world, g rotation.Grant) error {
			return w.Seen(w.t.Context(), g.Session.ID, g.Session.Generation-1)
		}, nil},
		{"the answer was lost", func(*world, rotation.Grant) error { return nil }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			first := w.mustRefresh(raw(w.signIn()), rotation.Rotated)
			w.advance(time.Hour)
			second := w.mustRefresh(raw(first), rotation.Rotated)
			if err := test.use(w, second); err != nil {
				t.Fatal(err)
			}
			w.advance(5 * time.Minute)
			grant, err := w.refresh(raw(first))
			if !errors.Is(err, test.want) {
				t.Fatalf("refresh: %v, want %v", err, test.want)
			}
			want := []rotation.Outcome{rotation.Reused}
			if err == nil {
				want = []rotation.Outcome{rotation.Recovered}
				if raw(grant) != raw(second) || grant.Outcome != rotation.Recovered {
					t.Errorf("refresh: %s, want the same successor, %s", grant.Outcome, rotation.Recovered)
				}
			}
			if got := w.outcomes(); !slices.Equal(got, want) {
				t.Errorf("events are %v, want %v", got, want)
			}
		})
	}
}

func TestReuseHitsOneSession(t *testing.T) {
	w := newWorld(t)
	other, first := w.signIn(), w.signIn()
	second := w.mustRefresh(raw(first), rotation.Rotated)
	w.mustRefresh(raw(second), rotation.Rotated)
	w.advance(time.Hour)
	client := rotation.Client{UserAgent: "thief/1", Address: "203.0.113.9"}
	_, err := w.Refresh(t.Context(), rotation.Request{Tokens: []string{raw(first)}, Client: client})
	wantRefusal(t, err, rotation.ErrReused, "")
	w.wantRefused(raw(first), rotation.ErrRevoked, wire.ReasonReuse)
	w.wantRefused(raw(second), rotation.ErrRevoked, wire.ReasonReuse)
	w.mustRefresh(raw(other), rotation.Rotated)

	want := rotation.Event{
		Outcome: rotation.Reused, Why: "the token was replaced more than once: somebody has kept a copy",
		SessionID: first.Session.ID, UserID: "u",
		Presented: 0, Current: 2, Age: time.Hour, Client: client,
	}
	if len(w.events) != 1 || w.events[0] != want {
		t.Errorf("events are %+v, want %+v", w.events, want)
	}
}

func TestLifetimes(t *testing.T) {
	t.Run("idle", func(t *testing.T) {
		w := newWorld(t)
		grant := w.signIn()
		w.advance(30*day - time.Second)
		grant = w.mustRefresh(raw(grant), rotation.Rotated)
		w.advance(30 * day)
		w.wantRefused(raw(grant), rotation.ErrExpired, "")
	})
	t.Run("absolute", func(t *testing.T) {
		w := newWorld(t)
		grant := w.signIn()
		for _, step := range []struct{ wait, maxAge time.Duration }{
			{29 * day, 30 * day}, {29 * day, 30 * day}, {29 * day, 3 * day}, {3*day - 1500*ms, time.Second},
		} {
			w.advance(step.wait)
			if grant = w.mustRefresh(raw(grant), rotation.Rotated); grant.MaxAge != step.maxAge {
				t.Errorf("the cookie may live %v, want %v", grant.MaxAge, step.maxAge)
			}
		}
		w.advance(1500 * ms)
		w.wantRefused(raw(grant), rotation.ErrExpired, "")
	})
	t.Run("a replay does not slide", func(t *testing.T) {
		w := newWorld(t)
		first := w.signIn()
		w.mustRefresh(raw(first), rotation.Rotated)
		w.advance(10 * time.Second)
		if grant := w.mustRefresh(raw(first), rotation.Replayed); grant.MaxAge != 30*day-10*time.Second {
			t.Errorf("the cookie may live %v", grant.MaxAge)
		}
	})
}

func TestRefreshWithForeignAccess(t *testing.T) {
	w := newWorld(t)
	grant := w.signIn()
	invalid := errors.New("the access token is invalid")
	for name, test := range map[string]struct {
		request rotation.Request
		want    error
	}{
		"another user's": {rotation.Request{Access: access("v", "x", 0)}, rotation.ErrSwitched},
		"garbage":        {rotation.Request{AccessErr: invalid}, invalid},
	} {
		test.request.Tokens = []string{raw(grant)}
		if _, err := w.Refresh(t.Context(), test.request); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	w.mustRefresh(raw(grant), rotation.Rotated)
}

// A backup was restored, and the clients are ahead of the database.
func TestRestoredBackup(t *testing.T) {
	w := newWorld(t)
	backup := newWorld(t)
	engine, err := rotation.New(rotation.Config{Issuer: issuer, Secrets: w.secrets, Store: backup.store, Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	grant := w.signIn()
	if _, _, err := backup.store.CreateSession(t.Context(), grant.Session, nil); err != nil {
		t.Fatal(err)
	}
	ahead := w.mustRefresh(raw(grant), rotation.Rotated)
	onBackup := func(token string) error {
		_, err := engine.Refresh(t.Context(), rotation.Request{Tokens: []string{token}})
		return err
	}
	wantRefusal(t, onBackup(raw(ahead)), rotation.ErrUnknown, "")
	wantRefusal(t, onBackup(raw(w.signIn())), rotation.ErrUnknown, "")
	if err := onBackup(raw(grant)); err != nil {
		t.Errorf("the session that is in the backup: %v", err)
	}
	// Both have a generation 1 now.
	wantRefusal(t, onBackup(raw(ahead)), rotation.ErrUnknown, "")
}

func TestStorm(t *testing.T) {
	w := newWorld(t)
	first := w.signIn()
	second := w.mustRefresh(raw(first), rotation.Rotated)
	for range 200 {
		w.mustRefresh(raw(first), rotation.Replayed)
	}
	w.wantRefused(raw(first), rotation.ErrStorm, "")
	w.mustRefresh(raw(second), rotation.Rotated)
	if got := w.outcomes(); !slices.Equal(got, []rotation.Outcome{rotation.Stormed}) {
		t.Errorf("events are %v, want one storm", got)
	}
}
