package sqlitestore_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// transaction runs statements in that of a write.
type transaction = func(statement string) error

// held is a store whose writer stands in the middle of a write, so that others
// have to wait.
type held struct {
	*sqlitestore.Store
	path    string
	let     func()     // lets the write go on
	release chan error // has its answer
}

func hold(t *testing.T) *held {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	h := &held{Store: open(t, path), path: path, release: make(chan error, 1)}
	began, goOn := make(chan struct{}), make(chan struct{})
	h.let = sync.OnceFunc(func() { close(goOn) })
	t.Cleanup(h.let) // also where the test fails, or Close would wait
	go func() {
		h.release <- h.Write(context.Background(), func(transaction) error {
			close(began)
			<-goOn
			return nil
		})
	}()
	<-began
	return h
}

// queue adds writes to those that wait, one after the other, and returns what they
// will be answered.
func (h *held) queue(ctx context.Context, writes ...func(transaction) error) []chan error {
	answers := make([]chan error, len(writes))
	for i, write := range writes {
		answers[i] = make(chan error, 1)
		before := h.Waiting()
		go func() { answers[i] <- h.Write(ctx, write) }()
		for h.Waiting() == before {
			runtime.Gosched()
		}
	}
	return answers
}

// note is a write that leaves a row behind.
func note(name string) func(transaction) error {
	return func(exec transaction) error {
		return exec(fmt.Sprintf("INSERT INTO meta (name, value) VALUES ('%s', '')", name))
	}
}

// notes are the rows that writes have left behind.
func notes(t *testing.T, path string) (names []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // it has only been read
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM meta ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has what went wrong
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

// wantNotes checks which of the rows are there.
func wantNotes(t *testing.T, path string, want ...string) {
	t.Helper()
	if got := notes(t, path); !slices.Equal(got, want) {
		t.Errorf("the database has %q, want %q", got, want)
	}
}

func TestWritesShareACommit(t *testing.T) {
	for _, test := range []struct{ waiting, commits int }{
		{1, 1},
		{sqlitestore.MaxBatch, 1},
		{sqlitestore.MaxBatch + 1, 2},
	} {
		t.Run(fmt.Sprint(test.waiting, " writes"), func(t *testing.T) {
			h := hold(t)
			before := commits(t, h.path)
			var writes []func(transaction) error
			for i := range test.waiting {
				writes = append(writes, note(fmt.Sprint(i)))
			}
			answers := h.queue(t.Context(), writes...)
			h.let()
			for i, answer := range answers {
				if err := <-answer; err != nil {
					t.Errorf("write %d: %v", i, err)
				}
			}
			if got := commits(t, h.path) - before; got != test.commits {
				t.Errorf("%d commits, want %d", got, test.commits)
			}
			if got := len(notes(t, h.path)); got != test.waiting {
				t.Errorf("%d writes are in the database, want %d", got, test.waiting)
			}
		})
	}
}

// What goes wrong in a batch, and who is told.
func TestABatchWithAFailure(t *testing.T) {
	refused := errors.New("refused")
	for _, test := range []struct {
		name   string
		second func(transaction) error // between two writes that are fine
		want   error                   // what the second is answered
		others error                   // what the two are answered
		notes  []string
	}{
		{"none", note("b"), nil, nil, []string{"a", "b", "c"}},
		{
			"an error after a change",
			func(exec transaction) error { return errors.Join(note("b")(exec), refused) },
			refused, nil,
			[]string{"a", "c"},
		},
		{
			"a statement that fails",
			func(exec transaction) error {
				if err := note("a")(exec); err != nil {
					return fmt.Errorf("%w: %w", refused, err)
				}
				return nil
			},
			refused, nil,
			[]string{"a", "c"},
		},
		{
			"SQLite gives up the transaction",
			func(exec transaction) error {
				return exec("INSERT OR ROLLBACK INTO meta (name, value) VALUES ('a', '')")
			},
			rotation.ErrUnavailable, rotation.ErrUnavailable, nil,
		},
		{
			"the commit fails",
			func(exec transaction) error {
				return errors.Join(
					exec("CREATE TABLE child (parent TEXT REFERENCES meta (name) DEFERRABLE INITIALLY DEFERRED)"),
					exec("INSERT INTO child VALUES ('nobody')"))
			},
			rotation.ErrUnavailable, rotation.ErrUnavailable, nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := hold(t)
			answers := h.queue(t.Context(), note("a"), test.second, note("c"))
			h.let()
			first, second, third := <-answers[0], <-answers[1], <-answers[2]
			if !errors.Is(first, test.others) || !errors.Is(third, test.others) {
				t.Errorf("the others are answered %v and %v, want %v", first, third, test.others)
			}
			if !errors.Is(second, test.want) {
				t.Errorf("answered %v, want %v", second, test.want)
			}
			wantNotes(t, h.path, test.notes...)
			if err := h.Write(t.Context(), note("z")); err != nil {
				t.Errorf("the next write: %v", err)
			}
			wantNotes(t, h.path, append(test.notes, "z")...)
		})
	}
}

// A caller who gives up while others write is answered at once, and nothing of
// theirs is written.
func TestGivingUpInTheQueue(t *testing.T) {
	h := hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	given := h.queue(ctx, note("b"))
	kept := h.queue(t.Context(), note("c"))
	cancel()
	if err := <-given[0]; !errors.Is(err, rotation.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("answered %v, want %v and %v", err, rotation.ErrUnavailable, context.Canceled)
	}
	h.let()
	if err := <-kept[0]; err != nil {
		t.Errorf("who kept waiting: %v", err)
	}
	wantNotes(t, h.path, "c")
}

// A caller who gives up in the middle of the write must not undo it for the others.
func TestGivingUpInTheBatch(t *testing.T) {
	h := hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := h.queue(t.Context(), note("a"))
	second := h.queue(ctx, func(exec transaction) error {
		cancel()
		return note("b")(exec)
	})
	h.let()
	if err := <-first[0]; err != nil {
		t.Errorf("the other one: %v", err)
	}
	if err := <-second[0]; err != nil {
		t.Errorf("answered %v, although it was written", err)
	}
	wantNotes(t, h.path, "a", "b")
}

func TestCloseCommitsWhatWaits(t *testing.T) {
	h := hold(t)
	answers := h.queue(t.Context(), note("a"), note("b"))
	closed := make(chan error, 1)
	go func() { closed <- h.Close() }()
	h.let()
	for _, answer := range append(answers, closed, h.release) {
		if err := <-answer; err != nil {
			t.Error(err)
		}
	}
	if err := h.Write(t.Context(), note("c")); !errors.Is(err, rotation.ErrUnavailable) {
		t.Errorf("after Close: %v, want %v", err, rotation.ErrUnavailable)
	}
	if err := h.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	wantNotes(t, h.path, "a", "b")
}

// A panic is a mistake of ours, which an HTTP server survives. So does the writer.
func TestAPanicInAWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	store := open(t, path)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic does not reach the caller")
			}
		}()
		_ = store.Write(t.Context(), func(exec transaction) error { panic(errors.Join(note("a")(exec), errors.New("a mistake"))) })
	}()
	if err := store.Write(t.Context(), note("b")); err != nil {
		t.Errorf("the next write: %v", err)
	}
	wantNotes(t, path, "b")
}

// commits counts the commits in the log that SQLite keeps beside the file, see
// https://www.sqlite.org/fileformat2.html#walformat.
func commits(t *testing.T, path string) (count int) {
	t.Helper()
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const headerSize, frameHeaderSize = 32, 24
	frameSize := frameHeaderSize + int(binary.BigEndian.Uint32(log[8:]))
	salt := log[16:24]
	for frame := range slices.Chunk(log[headerSize:], frameSize) {
		if pages := binary.BigEndian.Uint32(frame[4:]); pages != 0 && slices.Equal(frame[8:16], salt) {
			count++
		}
	}
	return count
}
