package pgstore

import (
	"fmt"
	"strings"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// The statements of a move that fit every table.
var (
	moveRows    = queryText("move_rows")
	moveCount   = queryText("move_count")
	moveDelete  = queryText("move_delete")
	moveCollide = queryText("move_collide")
)

// The others.
var (
	movePatience = queryText("move_patience")
	moveRights   = queryText("move_rights")
	moveLock     = queryText("move_lock")
	moveSeal     = queryText("move_seal")
	moveUnseal   = queryText("move_unseal")
	moveAnalyze  = queryText("move_analyze")
)

// moveStatement makes a statement fit a table, and returns it with its parameters. A
// limit of 0 is for one that has none.
func moveStatement(text string, table transfer.Table, in transfer.Span, limit int) (string, []any) {
	var args []any
	bind := func(value any) string {
		args = append(args, value)
		return fmt.Sprintf("$%d", len(args))
	}
	key, span := table.Key().Name, []string{"TRUE"}
	if in.After != nil {
		span = append(span, key+" > "+bind(in.After))
	}
	if in.Until != nil {
		span = append(span, key+" <= "+bind(in.Until))
	}
	replace := []string{"{table}", table.Name, "{key}", key, "{columns}", strings.Join(columnNames(table), ", "), "{span}", strings.Join(span, " AND ")}
	if limit > 0 {
		replace = append(replace, "{limit}", bind(limit))
	}
	return strings.NewReplacer(replace...).Replace(text), args
}

func columnNames(table transfer.Table) []string {
	names := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		names[i] = column.Name
	}
	return names
}
