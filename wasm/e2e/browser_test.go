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
	replies map[int]chan error
	console map[int][]string // what each open page has complained about
	gone    error            // why there are no more replies
}

// startBrowser starts the browser called name, and ends it with the test. Where a
// tool is missing it skips the test, in CI it fails it.
func startBrowser(t *testing.T, name string) *browser {
	t.Helper()
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

	b := &browser{commands: commands, replies: map[int]chan error{}, console: map[int][]string{}}
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
			ID                      int
			Page                    int
			Version, Console, Error string
		}
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			b.stop(fmt.Errorf("the runner said %q: %w", lines.Text(), err))
			return
		}
		switch {
		case message.Version != "":
			b.version = message.Version
			close(started)
		case message.Console != "":
			b.mu.Lock()
			b.console[message.Page] = append(b.console[message.Page], message.Console)
			b.mu.Unlock()
		default:
			var err error
			if message.Error != "" {
				err = errors.New(message.Error)
			}
			b.mu.Lock()
			b.replies[message.ID] <- err
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
	for _, reply := range b.replies {
		select {
		case reply <- err:
		default: // it has its reply
		}
	}
}

// do sends a command and waits until it is done.
func (b *browser) do(command map[string]any) (id int, err error) {
	b.mu.Lock()
	if b.gone != nil {
		defer b.mu.Unlock()
		return 0, b.gone
	}
	b.next++
	id = b.next
	reply := make(chan error, 1)
	b.replies[id] = reply
	command["id"] = id
	err = json.NewEncoder(b.commands).Encode(command)
	b.mu.Unlock()
	if err != nil {
		return id, fmt.Errorf("telling the runner: %w", err)
	}

	err = <-reply
	b.mu.Lock()
	delete(b.replies, id)
	b.mu.Unlock()
	return id, err
}

// open opens url in a page of its own. The function that it returns closes the
// page and says what its console complained about until then.
func (b *browser) open(url string) (closePage func() ([]string, error), err error) {
	page, err := b.do(map[string]any{"open": url})
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", url, err)
	}
	return func() ([]string, error) {
		_, err := b.do(map[string]any{"close": page})
		b.mu.Lock()
		defer b.mu.Unlock()
		complaints := b.console[page]
		delete(b.console, page)
		return complaints, err
	}, nil
}
