//go:build !js

package e2e_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// A browser is a real one, driven by the Node program in runner/.
type browser struct {
	commands io.Writer
	version  string

	mu      sync.Mutex
	next    int
	replies map[int]chan reply
	console map[int][]line // what the console of each open page shows
	gone    error          // why there are no more replies
}

// A reply is what the runner says of a command.
type reply struct {
	value json.RawMessage
	err   error
}

// A line is one of a page's console, or of its tabs'.
type line struct{ Level, Text string }

// startBrowser starts a browser, and ends it with the test. Where a
// tool is missing it skips the test, in CI it fails it.
func startBrowser(t *testing.T, with engine) *browser {
	t.Helper()
	name := with.name
	executable := findBrowser(t, name)
	if _, err := os.Stat("node_modules/puppeteer-core"); err != nil {
		missing(t, "puppeteer-core is not installed: run npm ci in wasm/e2e, or make test")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "Node.js is missing: install version 20 or later, https://nodejs.org/en/download")
	}

	cmd := exec.Command(node, "runner/main.js", name, executable)
	cmd.Stderr = os.Stderr
	commands, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	messages, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	b := &browser{commands: commands, replies: map[int]chan reply{}, console: map[int][]line{}}
	started, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		b.read(messages, started)
	}()
	t.Cleanup(func() {
		commands.Close() // the runner closes the browser and ends
		<-ended
		if err := cmd.Wait(); err != nil && !t.Failed() {
			t.Errorf("the runner of %s: %v", name, err)
		}
	})
	select {
	case <-started:
	case <-ended:
		t.Fatalf("%s did not start: %v", executable, b.gone)
	}
	t.Logf("%s, %s", executable, b.version)
	return b
}

// findBrowser returns the path of the browser called name.
func findBrowser(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.Command("sh", "../../scripts/find-"+name).Output()
	if err != nil {
		missing(t, "no "+name+" found: run scripts/install-browsers, or make test")
	}
	return strings.TrimSpace(string(path))
}

// missing ends a test that lacks a tool: visibly skipped, and failed in CI.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// read takes the runner's messages until there are no more.
func (b *browser) read(messages io.Reader, started chan<- struct{}) {
	lines := bufio.NewScanner(messages)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var message struct {
			ID, Page                       int
			Version, Level, Console, Error string
			Value                          json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			b.stop(fmt.Errorf("the runner said %q: %w", lines.Text(), err))
			return
		}
		switch {
		case message.Version != "":
			b.version = message.Version
			close(started)
		case message.Level != "":
			b.mu.Lock()
			b.console[message.Page] = append(b.console[message.Page], line{message.Level, message.Console})
			b.mu.Unlock()
		default:
			said := reply{value: message.Value}
			if message.Error != "" {
				said.err = errors.New(message.Error)
			}
			b.mu.Lock()
			b.replies[message.ID] <- said
			b.mu.Unlock()
		}
	}
	b.stop(errors.Join(errors.New("the runner has ended"), lines.Err()))
}

// stop answers everybody who waits, now and later, with err.
func (b *browser) stop(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = err
	for _, waiting := range b.replies {
		select {
		case waiting <- reply{err: err}:
		default: // it has its reply
		}
	}
}

// do sends a command and waits until it is done.
func (b *browser) do(command map[string]any) (id int, value json.RawMessage, err error) {
	b.mu.Lock()
	if b.gone != nil {
		defer b.mu.Unlock()
		return 0, nil, b.gone
	}
	b.next++
	id = b.next
	waiting := make(chan reply, 1)
	b.replies[id] = waiting
	command["id"] = id
	err = json.NewEncoder(b.commands).Encode(command)
	b.mu.Unlock()
	if err != nil {
		return id, nil, fmt.Errorf("telling the runner: %w", err)
	}

	said := <-waiting
	b.mu.Lock()
	delete(b.replies, id)
	b.mu.Unlock()
	return id, said.value, said.err
}

// A tab is one that a browser has opened.
type tab struct {
	browser *browser
	id      int
}

// open opens url in a tab with an empty profile.
func (b *browser) open(url string) (*tab, error) {
	id, _, err := b.do(map[string]any{"open": url})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", url, err)
	}
	return &tab{b, id}, nil
}

// beside opens url in another tab of the same profile.
func (t *tab) beside(url string) (*tab, error) {
	id, _, err := t.browser.do(map[string]any{"open": url, "beside": t.id})
	if err != nil {
		return nil, fmt.Errorf("opening %s in a tab: %w", url, err)
	}
	return &tab{t.browser, id}, nil
}

// evaluate returns the value of a JavaScript expression in the page, awaited.
func (t *tab) evaluate(expression string) (json.RawMessage, error) {
	_, value, err := t.browser.do(map[string]any{"evaluate": expression, "page": t.id})
	return value, err
}

// crash ends the process of the page.
func (t *tab) crash() error {
	_, _, err := t.browser.do(map[string]any{"crash": t.id})
	return err
}

// close closes the page.
func (t *tab) close() error {
	_, _, err := t.browser.do(map[string]any{"close": t.id})
	return err
}

// lines are what the page's console has shown so far, and those of its tabs.
func (t *tab) lines() []line {
	t.browser.mu.Lock()
	defer t.browser.mu.Unlock()
	return t.browser.console[t.id]
}
