package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// parallel runs f n times at once, each with one of two connections in turn, and
// returns the errors.
func (s *suite) parallel(t *testing.T, n int, f func(i int, store Store) error) []error {
	t.Helper()
	stores := []Store{s.Store, s.db.connect(t)}
	errs := make([]error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait() // so that all of them begin together
			errs[i] = f(i, stores[i%len(stores)])
		})
	}
	done.Wait()
	return errs
}

// count counts the errors that are nil and those that are target; others fail
// the test.
func count(t *testing.T, errs []error, target error) (succeeded, refused int) {
	t.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			succeeded++
		case errors.Is(err, target):
			refused++
		default:
			t.Errorf("unexpected error: %v", err)
		}
	}
	return succeeded, refused
}

func parallelRotations(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	for round := range 3 {
		errs := s.parallel(t, 64, func(i int, store Store) error {
			_, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce,
				rotateTo(fmt.Sprintf("nonce %d of round %d", i, round)))
			return err
		})
		if succeeded, refused := count(t, errs, rotation.ErrConflict); succeeded != 1 || refused != 63 {
			t.Errorf("%d rotations succeeded and %d conflicted, want 1 and 63", succeeded, refused)
		}
		after := s.read(t, "a")
		if after.Generation != rec.Generation+1 || after.PreviousNonce != rec.Nonce {
			t.Errorf("generation %d after %q, want %d after %q", after.Generation, after.PreviousNonce, rec.Generation+1, rec.Nonce)
		}
		rec = after
	}
}

func parallelBindings(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	errs := s.parallel(t, 16, func(i int, store Store) error {
		change := rotateTo(fmt.Sprint("nonce ", i))
		change.KeyThumbprint = fmt.Sprint("key of nonce ", i)
		_, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, change)
		return err
	})
	if succeeded, refused := count(t, errs, rotation.ErrConflict); succeeded != 1 || refused != 15 {
		t.Errorf("%d bindings succeeded and %d conflicted, want 1 and 15", succeeded, refused)
	}
	if got := s.read(t, "a"); got.KeyThumbprint != "key of "+got.Nonce || got.KeyGeneration != 1 {
		t.Errorf("bound to %q from generation %d, and the token is of %q", got.KeyThumbprint, got.KeyGeneration, got.Nonce)
	}
}

// parallelForwards has half of them come with one newer token, and half with another.
func parallelForwards(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	errs := s.parallel(t, 32, func(i int, store Store) error {
		change := rotateTo(fmt.Sprint("nonce ", i))
		change.From = rotation.Token{SessionID: "a", Generation: 7 + int64(i/2%2), Nonce: fmt.Sprint("newer ", 7+i/2%2)}
		_, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, change)
		return err
	})
	if succeeded, refused := count(t, errs, rotation.ErrConflict); succeeded != 1 || refused != 31 {
		t.Errorf("%d succeeded and %d conflicted, want 1 and 31", succeeded, refused)
	}
	if got := s.read(t, "a"); got.PreviousNonce != fmt.Sprint("newer ", got.Generation-1) || got.Generation < 8 || got.Generation > 9 {
		t.Errorf("generation %d after %q, want the one after that", got.Generation, got.PreviousNonce)
	}
}

func parallelReplays(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	errs := s.parallel(t, 40, func(_ int, store Store) error {
		_, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce,
			rotation.Change{Kind: rotation.Replay, At: start, MaxReplays: 25})
		return err
	})
	if succeeded, refused := count(t, errs, rotation.ErrConflict); succeeded != 25 || refused != 15 {
		t.Errorf("%d replays succeeded and %d conflicted, want 25 and 15", succeeded, refused)
	}
	if got := s.read(t, "a").Replays; got != 25 {
		t.Errorf("counted %d replays, want 25", got)
	}
}

func revokeBeatsRotate(t *testing.T, s *suite) {
	for round := range 20 {
		rec := s.begin(t, fresh(fmt.Sprint("session ", round)))
		errs := s.parallel(t, 8, func(i int, store Store) error {
			if i == 3 {
				_, err := store.RevokeSessions(t.Context(), rotation.Selection{IDs: []string{rec.ID}}, wire.ReasonLogout, start)
				return err
			}
			_, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, rotateTo(fmt.Sprint("nonce ", i)))
			return err
		})
		count(t, errs, rotation.ErrConflict)
		after := s.read(t, rec.ID)
		if after.RevokedAt.IsZero() || after.Reason != wire.ReasonLogout {
			t.Fatalf("after a logout among rotations the session is %+v", after)
		}
		_, err := s.ChangeSession(t.Context(), after.ID, after.Generation, after.Nonce, rotateTo("too late"))
		wantError(t, "rotate after the logout", err, rotation.ErrConflict)
	}
}

func disableBeatsCreate(t *testing.T, s *suite) {
	s.wantUsers(t)
	for round := range 10 {
		user := fmt.Sprint("user ", round)
		s.db.AddUser(t, s.Store, user)
		errs := s.parallel(t, 6, func(i int, store Store) error {
			if i == 3 {
				s.db.Disable(t, store, user)
				return nil
			}
			rec := fresh(fmt.Sprint("session ", i, " of ", user))
			rec.UserID = user
			_, _, err := store.CreateSession(t.Context(), rec, nil)
			return err
		})
		count(t, errs, rotation.ErrDisabled)
		for i := range errs {
			rec, _, err := s.Session(t.Context(), fmt.Sprint("session ", i, " of ", user))
			if err == nil && rec.RevokedAt.IsZero() {
				t.Errorf("session %s of a disabled user lives", rec.ID)
			}
		}
	}
}

// reissueUntilSeen has a lost answer fetched twenty times while its access token
// arrives: once it was seen, the time stays.
func reissueUntilSeen(t *testing.T, s *suite) {
	rec := s.begin(t, fresh("a"))
	errs := s.parallel(t, 21, func(i int, store Store) error {
		change := rotation.Change{Kind: rotation.Replay, At: start.Add(time.Minute), MaxReplays: 99, Reissue: true}
		if i == 10 {
			change = rotation.Change{Kind: rotation.See, At: start.Add(time.Minute)}
		}
		_, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, change)
		return err
	})
	count(t, errs, nil)
	want := s.read(t, "a")
	if want.Replays != 20 || want.SeenAt.IsZero() {
		t.Errorf("%d replays, seen at %v; want 20, and seen", want.Replays, want.SeenAt)
	}
	want.Replays++
	change := rotation.Change{Kind: rotation.Replay, At: start.Add(time.Hour), MaxReplays: 99, Reissue: true}
	wantRecord(t, s.change(t, want, change), want)
}

// deleteOrRotate removes sessions that have ended while others refresh them: what
// was refreshed stays.
func deleteOrRotate(t *testing.T, s *suite) {
	limit := start.Add(time.Hour)
	for round := range 20 {
		rec := fresh(fmt.Sprint("session ", round))
		rec.IdleExpiresAt = limit.Add(-time.Millisecond)
		rec = s.begin(t, rec)
		s.clock(t, limit)
		errs := s.parallel(t, 4, func(i int, store Store) error {
			if i == 2 {
				_, _, err := store.DeleteSessions(t.Context(), limit, "")
				return err
			}
			_, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, rotateTo(fmt.Sprint("nonce ", i)))
			return err
		})
		succeeded, _ := count(t, errs, rotation.ErrConflict)
		rotated := succeeded == 2 // one of the rotations, and the deletion
		after, _, err := s.Session(t.Context(), rec.ID)
		switch {
		case rotated && (err != nil || after.Generation != 1):
			t.Fatalf("a session that was refreshed is gone, or was not: %+v, %v", after, err)
		case !rotated && !errors.Is(err, rotation.ErrNotFound):
			t.Fatalf("a session that nobody has refreshed is left: %+v, %v", after, err)
		}
	}
}
