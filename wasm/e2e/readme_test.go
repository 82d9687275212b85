//go:build !js

package e2e_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// TestREADME runs the fenced blocks of the README, by their language:
//
//	js       in a page, as a module; "authfetch" is the loader, https://api.example.com
//	         the page's own server, and email and password are the demo user's
//	ts       checked by tsc against the loader's types
//	go       a whole file is compiled; a fragment has to stand in an Example
//	console  commands after "$ ", run against a started authfetchd at localhost:8080,
//	         and what they print; "…" stands for any text, alone on a line for any lines
//	sh       as console, with nothing but commands
//	text, mermaid, json
//	         not run
//
// Another language fails, so that no snippet goes unnoticed.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := fences(string(readme))
	if len(blocks) == 0 {
		t.Fatal("the README has no fenced blocks")
	}
	t.Run("js", func(t *testing.T) { runPageSnippets(t, only(t, blocks, "js")) })
	t.Run("ts", func(t *testing.T) { checkTypes(t, only(t, blocks, "ts")) })
	t.Run("go", func(t *testing.T) { checkGo(t, only(t, blocks, "go")) })
	t.Run("console", func(t *testing.T) { runCommands(t, only(t, blocks, "console", "sh")) })
	for _, block := range blocks {
		switch block.language {
		case "js", "ts", "go", "console", "sh", "text", "mermaid", "json":
		default:
			t.Errorf("README.md:%d: do not know how to test a block of %q", block.line, block.language)
		}
	}
}

// The README that npm shows. What it says of a bundler, in blocks of sh and mjs, has
// to stand in one of the projects that TestPackage builds.
func TestPackageREADME(t *testing.T) {
	readme, err := os.ReadFile("../../static/README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := fences(string(readme))
	t.Run("js", func(t *testing.T) { runPageSnippets(t, only(t, blocks, "js")) })
	t.Run("bundlers", func(t *testing.T) { findInProjects(t, only(t, blocks, "sh", "mjs")) })
	for _, block := range blocks {
		switch block.language {
		case "js", "sh", "mjs":
		default:
			t.Errorf("static/README.md:%d: do not know how to test a block of %q", block.line, block.language)
		}
	}
}

// The guide to other backends: its examples are run against the ones that it
// describes, and what they pass to createAuthFetch is what the specs of these use.
func TestBackendsGuide(t *testing.T) {
	guide, err := os.ReadFile("../../static/BACKENDS.md")
	if err != nil {
		t.Fatal(err)
	}
	specs, err := os.ReadFile("specs/backend.js")
	if err != nil {
		t.Fatal(err)
	}
	blocks := fences(string(guide))
	described := 0
	for _, block := range blocks {
		if block.language != "js" {
			t.Errorf("BACKENDS.md:%d: do not know how to test a block of %q", block.line, block.language)
		}
		_, options, _ := strings.Cut(block.text, "  paths: ")
		options, _, ok := strings.Cut(options, "\n});")
		if !ok {
			continue
		}
		described++
		if !bytes.Contains(unindented(specs), unindented([]byte("paths: "+options))) {
			t.Errorf("BACKENDS.md:%d: specs/backend.js does not use these options", block.line)
		}
	}
	if described != len(shapes) {
		t.Errorf("the guide describes %d backends, and %d are tested", described, len(shapes))
	}
	runPageSnippets(t, only(t, blocks, "js"))
}

// The server's manual, whose commands work in a directory of their own, and where they
// name db.example.com on a PostgreSQL with an empty database.
func TestServerManual(t *testing.T) {
	manual, err := os.ReadFile("../../server/README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := fences(string(manual))
	server := pgtest.Start(t)
	t.Setenv("PGPASSWORD", "of the role")
	t.Setenv("PGSSLMODE", "disable")
	runStatements(t, server, fence{text: "CREATE ROLE authfetch LOGIN PASSWORD 'of the role';\nCREATE DATABASE authfetch OWNER authfetch;\n"})
	session := newTerminal(t, only(t, blocks, "console"))
	session.hosts["db.example.com"] = server.Address()
	for _, block := range only(t, blocks, "console") {
		session.run(block)
	}
	for _, block := range blocks {
		if block.language != "console" {
			t.Errorf("server/README.md:%d: do not know how to test a block of %q", block.line, block.language)
		}
	}
}

// The page on more than one machine. Its commands and statements work on a PostgreSQL
// called db.example.com; its proxies are run by TestProxies of the program.
func TestFleetManual(t *testing.T) {
	manual, err := os.ReadFile("../../server/FLEET.md")
	if err != nil {
		t.Fatal(err)
	}
	server := pgtest.Start(t)
	blocks := fences(string(manual))
	t.Setenv("PGPASSWORD", "choose another one") // as the page says
	t.Setenv("PGSSLMODE", "disable")
	session := newTerminal(t, blocks)
	session.hosts["db.example.com"] = server.Address()
	for _, block := range blocks {
		switch block.language {
		case "sql":
			runStatements(t, server, block)
		case "console":
			session.run(block)
		case "go":
			checkGo(t, []fence{block})
		case "nginx", "caddyfile", "ini", "text":
		default:
			t.Errorf("server/FLEET.md:%d: do not know how to test a block of %q", block.line, block.language)
		}
	}
}

// runStatements runs statements as the superuser: in the database authfetch, once it
// is there.
func runStatements(t *testing.T, server *pgtest.Server, block fence) {
	t.Helper()
	database := "authfetch"
	if strings.Contains(block.text, "CREATE DATABASE") {
		database = "postgres"
	}
	conn, err := pgx.Connect(t.Context(), server.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }() // each statement has told
	for statement := range strings.SplitSeq(block.text, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Errorf("server/FLEET.md:%d: %v\n%s", block.line, err, statement)
		}
	}
}

// A fence is one fenced block of a Markdown text.
type fence struct {
	language string
	line     int // of its first line of content, from 1
	text     string
}

func fences(markdown string) []fence {
	var found []fence
	var open *fence
	for i, line := range strings.Split(markdown, "\n") {
		language, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			language, _, _ = strings.Cut(strings.TrimSpace(language), " ")
			open = &fence{language: language, line: i + 2}
		case isFence:
			found = append(found, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	return found
}

// only returns the blocks of some languages; a test that has none is skipped.
func only(t *testing.T, all []fence, languages ...string) []fence {
	t.Helper()
	var found []fence
	for _, block := range all {
		for _, language := range languages {
			if block.language == language {
				found = append(found, block)
			}
		}
	}
	if found == nil {
		t.Skip("the README has no such block")
	}
	return found
}

func TestFences(t *testing.T) {
	got := fences("a\n```js x\nlet a;\n```\n```\nplain\n\n```\n```sh\n")
	want := []fence{{"js", 3, "let a;\n"}, {"", 6, "plain\n\n"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
