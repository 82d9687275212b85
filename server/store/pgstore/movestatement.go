package pgstore

import (
	"fmt"
	"strings"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// The statements of a move that fit every table.
var (
	moveRows    = moveText("rows")
	moveCount   = moveText("count")
	moveDelete  = moveText("delete")
	moveCollide = moveText("collide")
)

// The others.
var (
	movePatience = moveText("patience")
	moveRights   = moveText("rights")
	moveLock     = moveText("lock")
	moveSeal     = moveText("seal")
	moveUnseal   = moveText("unseal")
	moveAnalyze  = moveText("analyze")
)

// moveText reads a statement as it is.
func moveText(name string) string {
	text, err := queryFiles.ReadFile("sql/move_" + name + ".sql")
	if err != nil {
		panic(err) // it was left out when the program was built
	}
	return string(text)
}

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
