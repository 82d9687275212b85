package transfer_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/internal/transfer"
	"github.com/authfetch/authfetch/server/store/pgstore"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// TestMain stops the PostgreSQL that the tests share.
func TestMain(m *testing.M) { pgtest.Main(m) }

// store is what both stores are to a move.
type store interface {
	MoveFrom(ctx context.Context) (transfer.Source, error)
	MoveTo() transfer.Target
	Close() error
}

// side is a database of a test.
type side struct {
	store
	name string
	// execute runs a statement on another connection. Tables have no schema in it.
	execute func(statement string) error
	columns []string // of all tables, as "table.column"
}

// makers make an empty database.
var makers = map[string]func(t testing.TB) side{"SQLite": newSQLite, "PostgreSQL": newPostgres}

func newSQLite(t testing.TB) side {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authfetch.db")
	store, err := sqlitestore.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_busy_timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		_ = db.Close() // it has told each error
	})
	rows, err := db.QueryContext(t.Context(), "SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // Err has told what there is to tell
	var columns []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return side{store, path, func(statement string) error {
		_, err := db.ExecContext(context.WithoutCancel(t.Context()), statement)
		return err
	}, columns}
}

func newPostgres(t testing.TB) side {
	t.Helper()
	url := pgtest.Shared(t).Database(t)
	store, err := pgstore.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	rows, err := store.Pool().Query(t.Context(), "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'authfetch'")
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return side{store, url, func(statement string) error {
		ctx := context.WithoutCancel(t.Context())
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }() // the statement has told its error
		_, err = conn.Exec(ctx, "SET search_path = authfetch; SET lock_timeout = 1; "+statement)
		return err
	}, columns}
}

// pairs runs a test from each kind of database to each.
func pairs(t *testing.T, test func(t *testing.T, from, to side)) {
	t.Helper()
	for from := range makers {
		for to := range makers {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				test(t, makers[from](t), makers[to](t))
			})
		}
	}
}

// sparse is the number of a row in which every column is empty that may be.
const sparse = 6

// nullable are the times that may not have come.
var nullable = []string{"revoked_at", "disabled_at", "since", "closed_until", "previous_issued_at", "reissued_at", "seen_at"}

// row is a row of a table in which no column is empty, the n-th by its key, unless it
// is the sparse one.
func row(table transfer.Table, n int) transfer.Row {
	row := make(transfer.Row, len(table.Columns))
	for i, column := range table.Columns {
		if n == sparse && i > 0 && !column.Unique {
			switch column.Kind {
			case transfer.Text:
				row[i] = ""
			case transfer.Integer:
				row[i] = int64(0)
			case transfer.Bytes:
				row[i] = []byte{}
			case transfer.Time:
				if row[i] = int64(-62_135_596_800_000); slices.Contains(nullable, column.Name) { // the zero time
					row[i] = nil
				}
			}
			continue
		}
		switch column.Kind {
		case transfer.Text:
			row[i] = fmt.Sprintf("%s %06d é\"'\\\t日本", column.Name, n)
		case transfer.Integer:
			row[i] = int64(n + i + 1)
		case transfer.Bytes:
			row[i] = []byte{0, byte(n >> 16), byte(n >> 8), byte(n), 0xff, '\\'}
		case transfer.Time:
			row[i] = int64(1_700_000_000_123 + 1000*n + i)
		}
	}
	if table.Name == "meta" {
		row[0] = fmt.Sprintf("secret_%06d", n)
	}
	return row
}

// put makes a database hold these rows of every table, those with that number and
// those up to another one, and nothing else.
func (s side) put(t testing.TB, begin, end int) {
	t.Helper()
	for _, table := range transfer.Tables() {
		var rows []transfer.Row
		for n := begin; n < end; n++ {
			rows = append(rows, row(table, n))
		}
		if err := s.MoveTo().Replace(t.Context(), table, table.All, rows); err != nil {
			t.Fatal(err)
		}
	}
}

// do runs a statement that has to succeed.
func (s side) do(t testing.TB, statement string) {
	t.Helper()
	if err := s.execute(statement); err != nil {
		t.Fatal(err)
	}
}

// all reads everything that is moved.
func (s side) all(t testing.TB) string {
	t.Helper()
	text := ""
	for _, table := range transfer.Tables() {
		rows, err := s.MoveTo().Rows(t.Context(), table, table.All, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintf("%s: %q\n", table.Name, rows)
	}
	return text
}

// facts are the marks of a database.
func (s side) marks(t testing.TB) [2]string {
	t.Helper()
	var marks [2]string
	for i, name := range []string{transfer.MarkFilling, transfer.MarkMoved} {
		var err error
		if marks[i], err = s.MoveTo().Fact(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	return marks
}

// move moves one into the other, by pages of three rows.
func move(ctx context.Context, from, to side, progress func(transfer.Progress)) (transfer.Report, error) {
	source, err := from.MoveFrom(ctx)
	if err != nil {
		return transfer.Report{}, err
	}
	report, err := transfer.Move(ctx, source, to.MoveTo(), transfer.Plan{From: from.name, To: to.name, Page: 3, Progress: progress})
	if released := source.Release(); err == nil {
		err = released
	}
	return report, err
}
