package rotation_test

import (
	"errors"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
)

func TestRefreshAfterTwoHours(t *testing.T) {
	w := newWorld(t)
	proven, other := w.signIn(), w.signIn()
	successor := w.mustRefresh(raw(proven), rotation.Rotated)
	w.mustRefresh(raw(other), rotation.Rotated)
	w.advance(2 * time.Hour)
	grant, err := w.Refresh(t.Context(), rotation.Request{
		Tokens: []string{raw(proven)}, Access: access("u", proven.Session.ID, 0),
	})
	if err != nil || raw(grant) != raw(successor) {
		t.Fatalf("with the old access token: %v, want the same successor", err)
	}
	w.wantRefused(raw(other), rotation.ErrReused, "")
}

// A lost answer was fetched, and its access token used. Another request with the
// old cookie was on its way all the time, and has a grace of its own.
func TestRefreshBesideARecovery(t *testing.T) {
	for _, test := range []struct {
		name  string
		lost  time.Duration // until the lost answer is fetched
		again time.Duration // until it is fetched once more, before it is used
		late  time.Duration // until the other request arrives
		want  error
	}{
		{"at once", 5 * time.Minute, 0, 0, nil},
		{"at the end of the grace", 5 * time.Minute, 0, 30 * time.Second, nil},
		{"after it", 5 * time.Minute, 0, 30*time.Second + ms, rotation.ErrReused},
		{"within the first grace", 20 * time.Second, 0, 30 * time.Second, nil},
		{"the second answer was lost too", 5 * time.Minute, 20 * time.Second, 30 * time.Second, nil},
		{"a day later", 5 * time.Minute, 0, day, rotation.ErrReused},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			first := w.signIn()
			lost := w.mustRefresh(raw(first), rotation.Rotated)
			for _, wait := range []time.Duration{test.lost, test.again} {
				w.advance(wait)
				if grant, err := w.refresh(raw(first)); err != nil || raw(grant) != raw(lost) {
					t.Fatalf("the lost answer: %v", err)
				}
			}
			if err := w.Seen(t.Context(), lost.Session.ID, 1); err != nil {
				t.Fatal(err)
			}
			w.advance(test.late)
			grant, err := w.refresh(raw(first))
			if !errors.Is(err, test.want) {
				t.Fatalf("the other request: %v, want %v", err, test.want)
			}
			if err == nil && (raw(grant) != raw(lost) || grant.Outcome != rotation.Replayed) {
				t.Errorf("the other request: %s, want the same successor", grant.Outcome)
			}
		})
	}
}

// Replays move the grace while the successor was not seen used and a lost answer
// is waited for, and not for longer.
func TestTheGraceEnds(t *testing.T) {
	for name, used := range map[string]bool{"the successor was used": true, "the recovery is over": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			first := w.signIn()
			second := w.mustRefresh(raw(first), rotation.Rotated)
			if used {
				if err := w.Seen(t.Context(), second.Session.ID, 1); err != nil {
					t.Fatal(err)
				}
			} else {
				w.advance(10 * time.Minute)
				w.mustRefresh(raw(first), rotation.Recovered)
			}
			for range 3 {
				w.advance(10 * time.Second)
				w.mustRefresh(raw(first), rotation.Replayed)
			}
			w.advance(ms)
			w.wantRefused(raw(first), rotation.ErrReused, "")
		})
	}
}

// The lost answer was fetched and rotated at once, and the other request comes
// after that.
func TestSupersededBesideARecovery(t *testing.T) {
	for late, want := range map[time.Duration]error{
		30 * time.Second: rotation.ErrSuperseded, 30*time.Second + ms: rotation.ErrReused,
	} {
		w := newWorld(t)
		first := w.signIn()
		w.mustRefresh(raw(first), rotation.Rotated)
		w.advance(5 * time.Minute)
		w.mustRefresh(raw(w.mustRefresh(raw(first), rotation.Recovered)), rotation.Rotated)
		w.advance(late)
		w.wantRefused(raw(first), want, "")
	}
}
