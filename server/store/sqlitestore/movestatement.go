package sqlitestore

import (
	_ "embed" // for the statements
	"fmt"
	"strings"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// The statements of a move, which fit every table.
var (
	//go:embed sql/move_rows.sql
	moveRows string
	//go:embed sql/move_count.sql
	moveCount string
	//go:embed sql/move_delete.sql
	moveDelete string
	//go:embed sql/move_insert.sql
	moveInsert string
	//go:embed sql/move_seal.sql
	moveSeal string
	//go:embed sql/move_unseal.sql
	moveUnseal string
)

// moveStatement makes one fit a table. A span is the parameters ?1 and ?2.
func moveStatement(text string, table transfer.Table, in transfer.Span) string {
	names, values := make([]string, len(table.Columns)), make([]string, len(table.Columns))
	for i, column := range table.Columns {
		names[i], values[i] = columnName(column), fmt.Sprintf("?%d", i+1)
	}
	span := []string{"TRUE"}
	if in.After != nil {
		span = append(span, names[0]+" > ?1")
	}
	if in.Until != nil {
		span = append(span, names[0]+" <= ?2")
	}
	return strings.NewReplacer(
		"{table}", table.Name, "{key}", names[0], "{columns}", strings.Join(names, ", "),
		"{values}", strings.Join(values, ", "), "{span}", strings.Join(span, " AND "),
	).Replace(text)
}

// columnName is what a column is called here.
func columnName(column transfer.Column) string {
	if column.Name == "sealed" {
		return "private" // since before there was another database
	}
	return column.Name
}

// forSeals calls f with the statement for each table, and each way to write to it, that
// a moved database refuses. The table meta stays open, for marks.
func forSeals(text string, f func(statement string) error) error {
	for _, table := range transfer.Tables() {
		for _, event := range []string{"INSERT", "UPDATE", "DELETE"} {
			if table.Name == "meta" {
				continue
			}
			if err := f(strings.ReplaceAll(moveStatement(text, table, transfer.Span{}), "{event}", event)); err != nil {
				return err
			}
		}
	}
	return nil
}

// spanArgs are the parameters of a span in a statement that has no others: SQLite counts
// those up to the last one that is mentioned.
func spanArgs(in transfer.Span) []any {
	switch {
	case in.Until != nil:
		return []any{in.After, in.Until}
	case in.After != nil:
		return []any{in.After}
	}
	return nil
}
