//go:build !js

package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A step is one command of a transcript, and what it prints there.
type step struct {
	command string
	line    int
	output  []string
}

// steps takes a block apart. In sh blocks every line is a command.
func steps(block fence) []step {
	var found []step
	continued := false
	for i, line := range strings.Split(strings.TrimSuffix(block.text, "\n"), "\n") {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case continued:
			found[len(found)-1].command += "\n" + line
		case isCommand || block.language == "sh" && line != "" && !strings.HasPrefix(line, "#"):
			found = append(found, step{command: command, line: block.line + i})
		case len(found) > 0 && block.language != "sh":
			last := &found[len(found)-1]
			last.output = append(last.output, line)
		}
		continued = strings.HasSuffix(line, `\`) && (continued || isCommand || block.language == "sh")
	}
	return found
}

// runCommands runs the transcripts, one after the other in one directory, against
// a started program: the demo, as by make run, until a transcript starts another
// one, but for the address. What a reader does once (git, cd, npm) is not run, and
// of make only the names of the targets are checked.
func runCommands(t *testing.T, blocks []fence) {
	session := newTerminal(t, blocks)
	for _, block := range blocks {
		session.run(block)
	}
}

// terminal is where transcripts are run.
type terminal struct {
	t            *testing.T
	dir, program string
	address      string            // of the server that was started last
	hosts        map[string]string // by the names that a document has for them
}

func newTerminal(t *testing.T, blocks []fence) *terminal {
	t.Helper()
	// A step needs what the ones before it have left: all are run, or none.
	for _, tool := range []string{"curl", "sqlite3", "pg_dump"} {
		if _, err := exec.LookPath(tool); err != nil && uses(blocks, tool) {
			missing(t, tool+" is missing: install it with the package manager of this machine")
		}
	}
	dir := t.TempDir()
	program := buildProgram(t, dir)
	address := serve(t, dir, program, "serve", "--demo", "--data", t.TempDir())
	return &terminal{t, dir, program, address, map[string]string{}}
}

func (r *terminal) run(block fence) {
	for _, step := range steps(block) {
		r.t.Run(fmt.Sprintf("line %d", step.line), func(t *testing.T) {
			for name, host := range r.hosts {
				step.command = strings.ReplaceAll(step.command, name, host)
			}
			command, _, _ := strings.Cut(step.command, " # ") // what follows is for the reader
			words := strings.Fields(command)
			switch base := filepath.Base(words[0]); {
			case base == "git" || base == "cd" || base == "npm" || base == "npx":
			case base == "make":
				checkTargets(t, words[1:])
			case base == "authfetchd" && len(words) > 1 && words[1] == "serve":
				r.address = serve(r.t, r.dir, r.program, words[1:]...) // it outlives the step
			default:
				r.command(t, step)
			}
		})
	}
}

// uses tells whether a command of the transcripts calls a tool.
func uses(blocks []fence, tool string) bool {
	for _, block := range blocks {
		for _, step := range steps(block) {
			if slices.Contains(strings.Fields(step.command), tool) {
				return true
			}
		}
	}
	return false
}

// buildProgram builds authfetchd below dir, where make build puts it.
func buildProgram(t *testing.T, dir string) (program string) {
	t.Helper()
	program = filepath.Join(dir, "bin", "authfetchd")
	if output, err := exec.Command("go", "build", "-o", program, "../../server/cmd/authfetchd").CombinedOutput(); err != nil {
		t.Fatalf("building authfetchd: %v\n%s", err, output)
	}
	return program
}

// serve starts the program in a directory, but on a port of its own.
func serve(t *testing.T, dir, program string, args ...string) (address string) {
	t.Helper()
	cmd := exec.Command(program, append(args, "--addr", "localhost:0")...)
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("authfetchd did not stop cleanly: %v", err)
		}
	})
	return announced(t, out)
}

// announced is the address that a server says it listens at.
func announced(t *testing.T, out io.Reader) string {
	t.Helper()
	listening := regexp.MustCompile(`https?://(localhost:\d+)`)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			return found[1]
		}
	}
	t.Fatal("the server said no address")
	return ""
}

// command runs one command and compares what it prints.
func (r *terminal) command(t *testing.T, step step) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(step.command, "localhost:8080", r.address))
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(r.program)+":"+os.Getenv("PATH"))
	output, err := cmd.CombinedOutput()
	printed := strings.ReplaceAll(strings.ReplaceAll(string(output), "\r", ""), r.address, "localhost:8080")
	for name, host := range r.hosts {
		printed = strings.ReplaceAll(printed, host, name)
	}
	if err != nil {
		t.Errorf("%s\n%v\n%s", step.command, err, printed)
	}
	if step.output != nil && !matches(step.output, printed) {
		t.Errorf("%s\nprints\n%s\nand the document says\n%s", step.command, printed, strings.Join(step.output, "\n"))
	}
}

// matches compares a text with the lines of a transcript, in which "…" stands for
// any part of a line, and alone for any number of lines. Empty lines at the end do
// not count.
func matches(lines []string, text string) bool {
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for _, line := range trimmed(lines) {
		if strings.TrimSpace(line) == "…" {
			pattern.WriteString(`(?:.*\n)*`)
			continue
		}
		for i, part := range strings.Split(line, "…") {
			if i > 0 {
				pattern.WriteString(".*")
			}
			pattern.WriteString(regexp.QuoteMeta(part))
		}
		pattern.WriteString(`\n`)
	}
	pattern.WriteString(`\z`)
	return regexp.MustCompile(pattern.String()).MatchString(strings.TrimRight(text, "\n") + "\n")
}

// trimmed is the lines without the empty ones at their end.
func trimmed(lines []string) []string {
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// checkTargets asks make whether it knows the targets.
func checkTargets(t *testing.T, words []string) {
	t.Helper()
	cmd := exec.Command("make", append([]string{"--dry-run"}, words...)...)
	cmd.Dir = "../.."
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("make %s: %v\n%s", strings.Join(words, " "), err, output)
	}
}

func TestSteps(t *testing.T) {
	got := steps(fence{"console", 10, "$ one \\\n  two\nout 1\nout 2\n\n$ three\n"})
	want := []step{{"one \\\n  two", 10, []string{"out 1", "out 2", ""}}, {"three", 15, nil}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		lines, text string
		want        bool
	}{
		{"a\nb", "a\nb\n", true},
		{"a\nb\n", "a\nb", true},
		{"a", "a\nb\n", false},
		{"a…z", "abcz", true},
		{"a…z", "abc", false},
		{"HTTP/1.1 200 OK\n…\nSet-Cookie: x=…; Path=/", "HTTP/1.1 200 OK\nA: 1\nB: 2\nSet-Cookie: x=y; Path=/\n", true},
		{"HTTP/1.1 200 OK\n…\nSet-Cookie: x=…; Path=/", "HTTP/1.1 200 OK\nA: 1\nSet-Cookie: x=y; Path=/api\n", false},
		{"a.c", "abc", false},
		{"…", "whatever\nthere is", true},
	} {
		if got := matches(strings.Split(test.lines, "\n"), test.text); got != test.want {
			t.Errorf("matches(%q, %q) = %v", test.lines, test.text, got)
		}
	}
}
