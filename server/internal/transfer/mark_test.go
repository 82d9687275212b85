package transfer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// What would lose or fork sessions is refused, before anything has been changed.
func TestRefusals(t *testing.T) {
	for _, row := range []struct {
		name         string
		source, into func(t *testing.T, s, other side)
		want         error
		text         string // with FROM and TO for the two sides
	}{
		{"incomplete source", func(t *testing.T, s, _ side) { begun(t, s, "elsewhere") }, empty, transfer.ErrIncomplete, "authfetchd migrate --from elsewhere --to FROM"},
		{"source moved elsewhere", func(t *testing.T, s, _ side) { sealed(t, s, "elsewhere") }, empty, transfer.ErrMoved, "authfetchd migrate --from elsewhere --to FROM"},
		{"target of another move", full, func(t *testing.T, s, _ side) { begun(t, s, "elsewhere") }, transfer.ErrTaken, "authfetchd migrate --from elsewhere --to TO"},
		{"target moved elsewhere", full, func(t *testing.T, s, _ side) { sealed(t, s, "elsewhere") }, transfer.ErrTaken, "authfetchd migrate --from elsewhere --to TO"},
		{"target with a user of its own", full, func(t *testing.T, s, _ side) { s.put(t, 0, 5); s.do(t, "DELETE FROM sessions") }, transfer.ErrTaken, "users or sessions that did not come from FROM"},
		{"target with a session of its own", full, func(t *testing.T, s, _ side) { s.put(t, 0, 5); s.do(t, "DELETE FROM users") }, transfer.ErrTaken, "users or sessions that did not come from FROM"},
		{"target of another secret", full, func(t *testing.T, s, _ side) { s.do(t, "INSERT INTO meta VALUES ('secret_check', 'other')") }, transfer.ErrTaken, "TO belongs to another server secret than FROM"},
	} {
		t.Run(row.name, func(t *testing.T) {
			pairs(t, func(t *testing.T, from, to side) {
				from.put(t, 0, 4)
				row.source(t, from, to)
				row.into(t, to, from)
				before, marked := from.all(t)+to.all(t), [2][2]string{from.marks(t), to.marks(t)}
				_, err := move(t.Context(), from, to, nil)
				want := strings.NewReplacer("FROM", from.name, "TO", to.name).Replace(row.text)
				if !errors.Is(err, row.want) || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v\nwant %v and %q", err, row.want, want)
				}
				if from.all(t)+to.all(t) != before || marked != [2][2]string{from.marks(t), to.marks(t)} {
					t.Error("something was changed")
				}
			})
		})
	}
}

func empty(*testing.T, side, side) {}

// full makes a source that is tied to a secret.
func full(t *testing.T, s, _ side) {
	t.Helper()
	s.do(t, "INSERT INTO meta VALUES ('secret_check', 'own')")
}

// begun marks a database as one that is being filled.
func begun(t *testing.T, s side, from string) {
	t.Helper()
	if err := s.MoveTo().Begin(t.Context(), from); err != nil {
		t.Fatal(err)
	}
}

// sealed marks a database as moved.
func sealed(t *testing.T, s side, to string) {
	t.Helper()
	source, err := s.MoveFrom(t.Context())
	if err == nil {
		err = source.Seal(t.Context(), to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A target that nobody has used is taken, and so is one that is equal already.
func TestAccepted(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(t *testing.T, from, to side)
	}{
		{"a server was started once", func(t *testing.T, from, to side) {
			to.put(t, 20, 22)
			to.do(t, "DELETE FROM users")
			to.do(t, "DELETE FROM sessions")
			full(t, to, from)
		}},
		{"equal", func(t *testing.T, from, to side) {
			to.put(t, 0, 4)
			full(t, to, from)
		}},
		{"made anew after it was lost", func(t *testing.T, from, to side) { sealed(t, from, to.name) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			pairs(t, func(t *testing.T, from, to side) {
				from.put(t, 0, 4)
				full(t, from, to)
				row.make(t, from, to)
				if report, err := move(t.Context(), from, to, nil); err != nil || report.Done {
					t.Fatalf("%+v, error %v", report, err)
				}
				if got, want := to.all(t), from.all(t); got != want {
					t.Errorf("moved\n%s\nwant\n%s", got, want)
				}
			})
		})
	}
}

// Where the program dies between the two marks, neither database can be used, and the
// same move puts that right.
func TestBetweenTheMarks(t *testing.T) {
	pairs(t, func(t *testing.T, from, to side) {
		from.put(t, 0, 4)
		to.put(t, 0, 4)
		begun(t, to, from.name)
		sealed(t, from, to.name)
		if err := transfer.Check(t.Context(), from.MoveTo(), from.name); !errors.Is(err, transfer.ErrMoved) || !strings.Contains(err.Error(), transfer.Command(to.name, from.name)) {
			t.Errorf("the source: error %v, want %v", err, transfer.ErrMoved)
		}
		if err := transfer.Check(t.Context(), to.MoveTo(), to.name); !errors.Is(err, transfer.ErrIncomplete) || !strings.Contains(err.Error(), transfer.Command(from.name, to.name)) {
			t.Errorf("the target: error %v, want %v", err, transfer.ErrIncomplete)
		}
		if report, err := move(t.Context(), from, to, nil); err != nil || report.Done {
			t.Fatalf("%+v, error %v", report, err)
		}
		if err := transfer.Check(t.Context(), to.MoveTo(), to.name); err != nil {
			t.Error(err)
		}
	})
}

// A source cannot be written while it is moved, nor afterwards, until it is moved back.
func TestSourceStandsStill(t *testing.T) {
	pairs(t, func(t *testing.T, from, to side) {
		from.put(t, 0, 4)
		writes := []string{"UPDATE sessions SET nonce = 'x'", "DELETE FROM sessions", "DELETE FROM users", "DELETE FROM throttles", "DELETE FROM signing_keys", "DELETE FROM used_proofs"}
		refused := func(when, want string) {
			t.Helper()
			for _, write := range writes {
				if err := from.execute(write); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s, %s: error %v, want %q", when, write, err, want)
				}
			}
		}
		told := 0
		_, err := move(t.Context(), from, to, func(transfer.Progress) {
			if told++; told == 1 {
				refused("meanwhile", "lock")
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		refused("afterwards", "the database was moved")
		if _, err := move(t.Context(), to, from, nil); err != nil {
			t.Fatal(err)
		}
		for _, write := range writes {
			from.do(t, write)
		}
	})
}
