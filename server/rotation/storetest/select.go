package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// What has expired is revoked too, because clocks are set back; it did not end by that.
func revokeExpired(t *testing.T, s *suite) {
	at := start.Add(time.Hour)
	for id, change := range map[string]func(*rotation.Record){
		"idle":     func(rec *rotation.Record) { rec.IdleExpiresAt = at },
		"absolute": func(rec *rotation.Record) { rec.ExpiresAt = at },
		"live":     func(*rotation.Record) {},
	} {
		rec := fresh(id)
		change(&rec)
		s.begin(t, rec)
	}
	s.clock(t, at)
	for _, which := range []rotation.Selection{{IDs: []string{"idle"}}, {UserID: "u"}} {
		want := 0
		if which.UserID != "" {
			want = 1
		}
		if count, err := s.RevokeSessions(t.Context(), which, wire.ReasonAdmin, at); err != nil || count != want {
			t.Errorf("%+v ended %d live sessions (%v), want %d", which, count, err, want)
		}
	}
	for _, id := range []string{"idle", "absolute", "live"} {
		if rec := s.read(t, id); rec.Reason != wire.ReasonAdmin {
			t.Errorf("session %s is revoked with reason %q", id, rec.Reason)
		}
	}
}

func revokeSelection(t *testing.T, s *suite) {
	for _, test := range []struct {
		name  string
		which rotation.Selection
		want  []string // ids of the sessions that are revoked by it
	}{
		{"nothing", rotation.Selection{}, nil},
		{"nothing but an exception", rotation.Selection{Except: "u1"}, nil},
		{"one by id", rotation.Selection{IDs: []string{"u1"}}, []string{"u1"}},
		{"some by id, one twice, one unknown", rotation.Selection{IDs: []string{"u1", "v1", "u1", "w1"}}, []string{"u1", "v1"}},
		{"an id that looks like SQL", rotation.Selection{IDs: []string{`x") OR 1=1 --`}}, nil},
		{"all of a user", rotation.Selection{UserID: "u"}, []string{"u1", "u2"}},
		{"the others of a user", rotation.Selection{UserID: "u", Except: "u2"}, []string{"u1"}},
		{"an exception of another user", rotation.Selection{UserID: "u", Except: "v1"}, []string{"u1", "u2"}},
		{"an unknown user", rotation.Selection{UserID: "w"}, nil},
		{"both", rotation.Selection{IDs: []string{"v1"}, UserID: "u", Except: "u1"}, []string{"u2", "v1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			prefix := test.name + " "
			ids := []string{"u1", "u2", "v1"}
			for _, id := range ids {
				rec := fresh(prefix + id)
				rec.UserID = prefix + id[:1]
				s.begin(t, rec)
			}
			which := rotation.Selection{}
			for _, id := range test.which.IDs {
				which.IDs = append(which.IDs, prefix+id)
			}
			if test.which.UserID != "" {
				which.UserID = prefix + test.which.UserID
			}
			if test.which.Except != "" {
				which.Except = prefix + test.which.Except
			}

			at := s.clock(t, start.Add(time.Hour))
			count, err := s.RevokeSessions(t.Context(), which, wire.ReasonAdmin, at)
			if err != nil || count != len(test.want) {
				t.Errorf("revoked %d (%v), want %d", count, err, len(test.want))
			}
			for _, id := range ids {
				rec := s.read(t, prefix+id)
				if revoked := slices.Contains(test.want, id); revoked != !rec.RevokedAt.IsZero() || revoked != (rec.Reason == wire.ReasonAdmin) {
					t.Errorf("session %s: revoked at %v for %q, want revoked: %t", id, rec.RevokedAt, rec.Reason, revoked)
				}
			}
			if count, err = s.RevokeSessions(t.Context(), which, wire.ReasonLogout, at); err != nil || count != 0 {
				t.Errorf("the second time revoked %d (%v), want 0", count, err)
			}
		})
	}
}

func firstReason(t *testing.T, s *suite) {
	s.begin(t, fresh("a"))
	at := start.Add(time.Hour)
	for _, reason := range []wire.Reason{wire.ReasonPasswordChange, wire.ReasonLogout} {
		s.clock(t, at)
		if _, err := s.RevokeSessions(t.Context(), rotation.Selection{UserID: "u"}, reason, at); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Hour)
	}
	want := fresh("a")
	want.RevokedAt, want.Reason = start.Add(time.Hour), wire.ReasonPasswordChange
	wantRecord(t, s.read(t, "a"), want)
}

func list(t *testing.T, s *suite) {
	now := start.Add(time.Hour)
	want := []rotation.Record{}
	for i, id := range []string{"newest", "middle", "oldest"} {
		rec := fresh(id)
		rec.CreatedAt = start.Add(-time.Duration(i) * time.Minute)
		want = append(want, s.begin(t, rec))
	}
	for id, spoil := range map[string]func(*rotation.Record){
		"revoked":      func(r *rotation.Record) { r.RevokedAt, r.Reason = start, wire.ReasonLogout },
		"idle":         func(r *rotation.Record) { r.IdleExpiresAt = now },
		"over":         func(r *rotation.Record) { r.ExpiresAt = now },
		"someone else": func(r *rotation.Record) { r.UserID = "v" },
	} {
		rec := fresh(id)
		spoil(&rec)
		s.begin(t, rec)
	}

	s.clock(t, now)
	got, err := s.Sessions(t.Context(), "u", now)
	if err != nil || len(got) != len(want) {
		t.Fatalf("listed %d sessions (%v), want %d", len(got), err, len(want))
	}
	for i := range got {
		wantRecord(t, got[i], want[i])
	}
	if got, err := s.Sessions(t.Context(), "nobody", now); err != nil || len(got) != 0 {
		t.Errorf("listed %d sessions of nobody (%v), want none", len(got), err)
	}
}

// removeEnded walks over all sessions, as often as it takes.
func (s *suite) removeEnded(t *testing.T, before time.Time) (removed int) {
	t.Helper()
	for after := ""; ; {
		count, next, err := s.DeleteSessions(t.Context(), before, after)
		if err != nil {
			t.Fatalf("delete sessions: %v", err)
		}
		removed += count
		if next == "" {
			return removed
		}
		after = next
	}
}

func remove(t *testing.T, s *suite) {
	limit := start.Add(time.Hour)
	before, kept := limit.Add(-time.Millisecond), limit
	gone := map[string]func(*rotation.Record){
		"absolute end long ago":   func(r *rotation.Record) { r.ExpiresAt = start },
		"absolute end":            func(r *rotation.Record) { r.ExpiresAt = before },
		"idle end":                func(r *rotation.Record) { r.IdleExpiresAt = before },
		"revoked":                 func(r *rotation.Record) { r.RevokedAt, r.Reason = before, wire.ReasonLogout },
		"revoked after the end":   func(r *rotation.Record) { r.ExpiresAt, r.RevokedAt = before, kept },
		"revoked long before end": func(r *rotation.Record) { r.RevokedAt = start },
	}
	stays := map[string]func(*rotation.Record){
		"live":                  func(*rotation.Record) {},
		"absolute end at limit": func(r *rotation.Record) { r.ExpiresAt = kept },
		"idle end at limit":     func(r *rotation.Record) { r.IdleExpiresAt = kept },
		"revoked at limit":      func(r *rotation.Record) { r.RevokedAt = kept },
	}
	for _, group := range []map[string]func(*rotation.Record){gone, stays} {
		for id, change := range group {
			rec := fresh(id)
			change(&rec)
			s.begin(t, rec)
		}
	}
	s.clock(t, limit)
	for _, want := range []int{len(gone), 0} {
		if count := s.removeEnded(t, limit); count != want {
			t.Errorf("deleted %d, want %d", count, want)
		}
	}
	for id := range gone {
		_, _, err := s.Session(t.Context(), id)
		wantError(t, "read "+id, err, rotation.ErrNotFound)
	}
	for id := range stays {
		s.read(t, id)
	}
}

// removeMany has more sessions than one step looks at, the ended ones among live
// ones, and wants the walk to come to its end.
func removeMany(t *testing.T, s *suite) {
	const all = 450
	errs := s.parallel(t, all, func(i int, store Store) error {
		rec := fresh(fmt.Sprint("session ", i))
		if i%3 > 0 {
			rec.ExpiresAt = start
		}
		_, _, err := store.CreateSession(t.Context(), rec, nil)
		return err
	})
	count(t, errs, nil)
	limit := start.Add(time.Hour)
	s.clock(t, limit)
	for _, want := range []int{all * 2 / 3, 0} {
		if removed := s.removeEnded(t, limit); removed != want {
			t.Errorf("deleted %d, want %d", removed, want)
		}
	}
	s.clock(t, start)
	if left, err := s.Sessions(t.Context(), "u", start); err != nil || len(left) != all/3 {
		t.Errorf("%d live sessions are left (%v), want %d", len(left), err, all/3)
	}
}
