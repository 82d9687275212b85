package transfer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// Whatever the pages are, the target holds the same afterwards, and it goes back too.
func TestMove(t *testing.T) {
	for _, rows := range []int{0, 1, 3, 7} { // a page has 3
		pairs(t, func(t *testing.T, from, to side) {
			from.put(t, 0, rows)
			want := from.all(t)
			for _, way := range [][2]side{{from, to}, {to, from}, {from, to}} {
				var seen []transfer.Progress
				report, err := move(t.Context(), way[0], way[1], func(p transfer.Progress) { seen = append(seen, p) })
				if err != nil {
					t.Fatal(err)
				}
				if got := way[1].all(t); got != want {
					t.Errorf("moved\n%s\nwant\n%s", got, want)
				}
				if tables := len(transfer.Tables()); report.Rows() != int64(rows*tables) || len(report.Tables) != tables {
					t.Errorf("report %+v", report)
				}
				if last := seen[len(seen)-1]; last.Stage != transfer.Verifying || last.Done != last.Rows || last.Rows != report.Rows() {
					t.Errorf("at the end the progress is %+v", last)
				}
				if got, want := way[0].marks(t), [2]string{"", way[1].name}; got != want {
					t.Errorf("the source is marked %q, want %q", got, want)
				}
				if got := way[1].marks(t); got != [2]string{} {
					t.Errorf("the target is marked %q", got)
				}
			}
		})
	}
}

// Every column of the database is moved: this fails when a migration adds one that
// transfer.Tables does not have.
func TestTables(t *testing.T) {
	for name, make := range makers {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, table := range transfer.Tables() {
				for _, column := range table.Columns {
					want = append(want, table.Name+"."+column.Name)
				}
			}
			var got []string
			for _, column := range make(t).columns {
				if column == "signing_keys.private" {
					column = "signing_keys.sealed" // as it is called in PostgreSQL
				}
				if !strings.HasPrefix(column, "goose_db_version.") && !strings.HasPrefix(column, "sqlite_") {
					got = append(got, column)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("the database has the columns\n%q, moved are\n%q", got, want)
			}
		})
	}
}

// cut moves until it has been told that many times of its progress.
func cut(t *testing.T, from, to side, times int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := move(ctx, from, to, func(transfer.Progress) {
		if times--; times == 0 {
			cancel()
		}
	})
	if err == nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
}

// A move that was interrupted goes on where it stopped, whatever became of the source
// meanwhile.
func TestResume(t *testing.T) {
	pairs(t, func(t *testing.T, from, to side) {
		const rows, tables = 10, 6
		from.put(t, 0, rows)
		for _, times := range []int{1, 7, 4*tables - 1, 4*tables + 2} {
			cut(t, from, to, times)
			if got, want := to.marks(t), [2]string{from.name, ""}; got != want {
				t.Errorf("after an interruption the target is marked %q, want %q", got, want)
			}
			if got := from.marks(t); got != [2]string{} {
				t.Errorf("after an interruption the source is marked %q", got)
			}
			from.do(t, "UPDATE sessions SET nonce = nonce || 'x' WHERE generation = 5") // nobody holds it
		}
		from.do(t, "DELETE FROM sessions WHERE generation = 4")
		// An address has come to another user, and the chain of keys has another order.
		for _, column := range []string{"users SET email", "signing_keys SET follows"} {
			from.do(t, "UPDATE "+column+" = 'new' WHERE id LIKE 'id 000009%'")
			name := column[strings.LastIndex(column, " ")+1:]
			from.do(t, "UPDATE "+column+" = replace("+name+", '000001', '000009') WHERE id LIKE 'id 000001%'")
		}
		report, err := move(t.Context(), from, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := to.all(t), from.all(t); got != want {
			t.Errorf("moved\n%s\nwant\n%s", got, want)
		}
		if report.Written != 3+4+4 { // the pages that have changed
			t.Errorf("%d rows were written anew", report.Written)
		}
		if report, err := move(t.Context(), from, to, nil); err != nil || !report.Done {
			t.Errorf("once more: %+v, error %v", report, err)
		}
	})
}

// Whatever is wrong in the target after copying is found, and put right by the next
// attempt.
func TestVerification(t *testing.T) {
	for _, row := range []struct{ damage, want string }{
		{"UPDATE sessions SET nonce = 'x' WHERE generation = 5", "sessions has 10 rows"},
		{"UPDATE sessions SET seen_at = NULL WHERE generation = 5", "sessions has 10 rows"},
		{"DELETE FROM sessions WHERE generation = 5", "and 9 with"},
		{"DELETE FROM used_proofs", "used_proofs has 10 rows"},
		{"UPDATE throttles SET failures = failures + 1", "throttles has 10 rows"},
		{"UPDATE signing_keys SET revoked_at = NULL", "signing_keys has 10 rows"},
		{"UPDATE users SET disabled_at = NULL", "users has 10 rows"},
		{"UPDATE meta SET value = 'x' WHERE name LIKE 'secret%'", "meta has 10 rows"},
		{"INSERT INTO used_proofs SELECT CAST('x' AS TYPE), max(forget_at) FROM used_proofs", "and 11 with"},
	} {
		t.Run(row.damage, func(t *testing.T) {
			pairs(t, func(t *testing.T, from, to side) {
				damage := strings.ReplaceAll(row.damage, "TYPE", map[bool]string{true: "bytea", false: "blob"}[strings.Contains(to.name, "://")])
				from.put(t, 0, 10)
				damaged := false
				_, err := move(t.Context(), from, to, func(p transfer.Progress) {
					// The last page of the last table has been copied.
					if p.Stage == transfer.Copying && p.Done == p.Rows && !damaged {
						damaged = true
						to.do(t, damage)
					}
				})
				if !errors.Is(err, transfer.ErrDiffers) || !strings.Contains(err.Error(), row.want) {
					t.Fatalf("error %v, want %v and %q", err, transfer.ErrDiffers, row.want)
				}
				if got, want := to.marks(t), [2]string{from.name, ""}; got != want {
					t.Errorf("the target is marked %q, want %q", got, want)
				}
				if got := from.marks(t); got != [2]string{} {
					t.Errorf("the source is marked %q", got)
				}
				if _, err := move(t.Context(), from, to, nil); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
