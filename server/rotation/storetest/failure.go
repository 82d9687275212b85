package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// calls are all methods of a store, each with arguments that would change the
// session a.
func calls(ctx context.Context, store Store, rec rotation.Record) map[string]func() error {
	change := func(change rotation.Change) func() error {
		return func() error {
			_, err := store.ChangeSession(ctx, rec.ID, rec.Generation, rec.Nonce, change)
			return err
		}
	}
	all := map[string]func() error{
		"create": func() error {
			_, _, err := store.CreateSession(ctx, fresh("new"), []string{rec.ID})
			return err
		},
		"read": func() error {
			_, _, err := store.Session(ctx, rec.ID)
			return err
		},
		"rotate": change(rotateTo("nonce-1")),
		"replay": change(rotation.Change{Kind: rotation.Replay, At: start, MaxReplays: 9}),
		"see":    change(rotation.Change{Kind: rotation.See, At: start}),
		"revoke": change(rotation.Change{Kind: rotation.Revoke, At: start, Reason: wire.ReasonReuse}),
		"revoke a selection": func() error {
			_, err := store.RevokeSessions(ctx, rotation.Selection{UserID: rec.UserID}, wire.ReasonLogout, start)
			return err
		},
		"list": func() error {
			_, err := store.Sessions(ctx, rec.UserID, start)
			return err
		},
		"delete": func() error {
			_, _, err := store.DeleteSessions(ctx, start.Add(1000*24*time.Hour), "")
			return err
		},
	}
	if rotator, able := store.(rotation.CurrentRotator); able {
		all["rotate without a decision"] = func() error {
			token := rotation.Token{SessionID: rec.ID, Generation: rec.Generation, Nonce: rec.Nonce}
			_, err := rotator.RotateCurrent(ctx, token, "", rotation.Successor{Nonce: "nonce-1", IdleTTL: week})
			return err
		}
	}
	return all
}

func canceled(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls(ctx, s.Store, rec) {
		err := call()
		wantError(t, name, err, rotation.ErrUnavailable)
		wantError(t, name, err, context.Canceled)
	}
	wantRecord(t, s.read(t, "a"), rec)
	_, _, err := s.Session(t.Context(), "new")
	wantError(t, "read what was not created", err, rotation.ErrNotFound)
}

func closed(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	other := s.db.connect(t)
	if err := other.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	for name, call := range calls(t.Context(), other, rec) {
		wantError(t, name, call(), rotation.ErrUnavailable)
	}
	wantRecord(t, s.read(t, "a"), rec)
}
