package main_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// manualPath is the operator's manual.
const manualPath = "../../README.md"

func readManual(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(manualPath)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// table is one table of a Markdown text.
type table struct {
	section string // the heading above it
	columns []string
	rows    []tableRow
}

// tableRow is one line of a table.
type tableRow struct {
	line  int // from 1
	cells []string
}

// tables finds the tables outside of fenced blocks.
func tables(markdown string) []table {
	var found []table
	section, fenced, inTable := "", false, false
	for i, line := range strings.Split(markdown, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if heading, ok := strings.CutPrefix(line, "#"); ok && !fenced {
			section = strings.TrimSpace(strings.TrimLeft(heading, "#"))
		}
		if fenced || !strings.HasPrefix(line, "|") {
			inTable = false
			continue
		}
		cells := cellsOf(line)
		switch {
		case !inTable:
			found = append(found, table{section: section, columns: cells})
		case strings.Trim(line, "|-: ") != "":
			last := &found[len(found)-1]
			last.rows = append(last.rows, tableRow{line: i + 1, cells: cells})
		}
		inTable = true
	}
	return found
}

func cellsOf(line string) []string {
	cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// tableIn is the one table of a section.
func tableIn(t *testing.T, markdown, section string) table {
	t.Helper()
	var found []table
	for _, tab := range tables(markdown) {
		if tab.section == section {
			found = append(found, tab)
		}
	}
	if len(found) != 1 || len(found[0].rows) == 0 {
		t.Fatalf("the manual's section %q has %d tables, want one with rows", section, len(found))
	}
	return found[0]
}

// quoted are the parts of a text that stand between backticks.
var quoted = regexp.MustCompile("`([^`]+)`")

// firstQuoted are the quoted parts of the first cells, which is what each row is
// about; a row may be about several.
func (tab table) firstQuoted() map[string]tableRow {
	names := make(map[string]tableRow)
	for _, row := range tab.rows {
		for _, match := range quoted.FindAllStringSubmatch(row.cells[0], -1) {
			names[match[1]] = row
		}
	}
	return names
}
