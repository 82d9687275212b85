package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// wantRotator skips a test where the store cannot rotate what was not read.
func (s *suite) wantRotator(t *testing.T) rotation.CurrentRotator {
	t.Helper()
	store, able := s.Store.(rotation.CurrentRotator)
	if !able {
		t.Skip("this store leaves every decision to Decide")
	}
	return store
}

// rotateCurrent has each of many sessions twice: the store rotates one by itself, and
// Decide decides on the other. The same becomes of both.
func rotateCurrent(t *testing.T, s *suite) {
	store := s.wantRotator(t)
	now := start.Add(time.Hour)
	tokens := []rotation.Token{
		{Generation: 3, Nonce: "n3"}, // the current one
		{Generation: 2, Nonce: "n2"},
		{Generation: 1, Nonce: "n1"},
		{Generation: 4, Nonce: "n4"},
		{Generation: 3, Nonce: "n3 of a backup"},
	}
	accesses := []*rotation.Access{nil, {UserID: "u"}, {UserID: "v"}}
	var sessions []rotation.Record
	for name, change := range map[string]func(*rotation.Record){
		"plain":                func(*rotation.Record) {},
		"used":                 func(r *rotation.Record) { r.SeenAt, r.Replays = start, 5 },
		"given out again":      func(r *rotation.Record) { r.ReissuedAt = start.Add(time.Minute) },
		"near its end":         func(r *rotation.Record) { r.ExpiresAt = now.Add(time.Millisecond) },
		"at its end":           func(r *rotation.Record) { r.ExpiresAt = now },
		"nearly idle too long": func(r *rotation.Record) { r.IdleExpiresAt = now.Add(time.Millisecond) },
		"idle too long":        func(r *rotation.Record) { r.IdleExpiresAt = now },
		"revoked":              func(r *rotation.Record) { r.RevokedAt, r.Reason = start, wire.ReasonLogout },
		"bound":                func(r *rotation.Record) { r.KeyThumbprint = "the key" },
	} {
		rec := fresh(name)
		rec.Generation, rec.Nonce, rec.PreviousNonce = 3, "n3", "n2"
		rec.PreviousIssuedAt = start.Add(-time.Hour)
		change(&rec)
		sessions = append(sessions, rec)
	}
	// two of each session, for each way to ask for it
	each := func(f func(rec rotation.Record, twin string, token rotation.Token, access *rotation.Access)) {
		for _, rec := range sessions {
			for i, token := range tokens {
				for j, access := range accesses {
					rec := rec
					rec.ID = fmt.Sprintf("%s, token %d, access %d", rec.ID, i, j)
					token.SessionID = rec.ID
					f(rec, rec.ID+", twin", token, access)
				}
			}
		}
	}
	s.clock(t, start)
	each(func(rec rotation.Record, twin string, _ rotation.Token, _ *rotation.Access) {
		for _, id := range []string{rec.ID, twin} {
			rec.ID = id
			if _, _, err := s.CreateSession(t.Context(), rec, nil); err != nil {
				t.Fatal(err)
			}
		}
	})
	s.clock(t, now)
	rotated := 0
	each(func(rec rotation.Record, twin string, token rotation.Token, access *rotation.Access) {
		userID := ""
		if access != nil {
			userID = access.UserID
		}
		next := rotation.Successor{Nonce: "n4 of ours", IdleTTL: week, Client: rotateTo("").Client}
		got, err := store.RotateCurrent(t.Context(), token, userID, next)
		if !s.decideAndRotate(t, twin, token, access, next) {
			wantError(t, rec.ID, err, rotation.ErrConflict)
			wantRecord(t, s.read(t, rec.ID), rec)
			return
		}
		if err != nil {
			t.Errorf("%s: %v, and Decide rotates", rec.ID, err)
			return
		}
		rotated++
		want := s.read(t, twin)
		want.ID = rec.ID
		wantRecord(t, got, want)
		wantRecord(t, s.read(t, rec.ID), want)
	})
	if want := 5 * 2; rotated != want { // those that live and are not bound, for nobody and their user
		t.Errorf("%d were rotated, want %d", rotated, want)
	}
}

const week = 7 * 24 * time.Hour

// decideAndRotate does what an engine does, and reports whether that was to rotate a
// session that is bound to no key.
func (s *suite) decideAndRotate(t *testing.T, id string, token rotation.Token, access *rotation.Access, next rotation.Successor) bool {
	t.Helper()
	policy, err := rotation.Policy{IdleTTL: next.IdleTTL}.WithDefaults()
	if err != nil {
		t.Fatal(err)
	}
	rec, now, err := s.Session(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	token.SessionID = id
	decision := rotation.Decide(rec, rotation.Presented{Token: token, Access: access}, now, policy)
	if decision.Outcome != rotation.Rotated || rec.KeyThumbprint != "" {
		return false
	}
	decision.Change.Nonce, decision.Change.Client = next.Nonce, next.Client
	s.change(t, rec, decision.Change)
	return true
}

// parallelCurrent has one token come many times, half of them by the long way.
func parallelCurrent(t *testing.T, s *suite) {
	s.wantRotator(t)
	rec := s.begin(t, fresh("a"))
	for round := range 3 {
		errs := s.parallel(t, 64, func(i int, store Store) error {
			nonce := fmt.Sprintf("nonce %d of round %d", i, round)
			if i%3 == 0 {
				_, err := store.ChangeSession(t.Context(), rec.ID, rec.Generation, rec.Nonce, rotateTo(nonce))
				return err
			}
			token := rotation.Token{SessionID: rec.ID, Generation: rec.Generation, Nonce: rec.Nonce}
			_, err := store.(rotation.CurrentRotator).RotateCurrent(t.Context(), token, "", rotation.Successor{Nonce: nonce, IdleTTL: week})
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

// rotateCurrentUnknown is told nothing that Decide would not have to be asked about.
func rotateCurrentUnknown(t *testing.T, s *suite) {
	store := s.wantRotator(t)
	_, err := store.RotateCurrent(t.Context(), rotation.Token{SessionID: "nobody's", Nonce: "n"}, "", rotation.Successor{Nonce: "m", IdleTTL: week})
	if !errors.Is(err, rotation.ErrConflict) {
		t.Errorf("error is %v, want %v", err, rotation.ErrConflict)
	}
}
