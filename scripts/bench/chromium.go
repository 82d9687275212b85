package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// runnerDir is that of the program that opens pages for the tests, and of the
// packages that it needs. The bench runs in its own directory.
const runnerDir = "../../wasm/e2e"

// chromium is a browser that can be driven.
type chromium struct{ node, path string }

// findChromium says what is missing, and how to get it.
func findChromium() (c chromium, err error) {
	if c.node, err = exec.LookPath("node"); err != nil {
		return c, errors.New("no Node.js found: install version 20 or later, https://nodejs.org/en/download")
	}
	if _, err := os.Stat(runnerDir + "/node_modules/puppeteer-core"); err != nil {
		return c, errors.New("puppeteer-core is not installed: run npm ci in wasm/e2e, or make bench")
	}
	path, err := exec.Command("sh", "../find-chromium").Output()
	if err != nil {
		return c, errors.New("no Chromium found: run scripts/install-browsers")
	}
	c.path = strings.TrimSpace(string(path))
	return c, nil
}

// shown is an open page.
type shown struct {
	trouble <-chan error // what the console shows, or the end of the browser

	commands io.Closer
	process  *exec.Cmd
	ended    <-chan struct{}
}

// open opens a page with an empty profile. Its browser ends with ctx.
func (c chromium) open(ctx context.Context, url string) (*shown, error) {
	cmd := exec.CommandContext(ctx, c.node, "runner/main.js", "chromium", c.path)
	cmd.Dir = runnerDir
	cmd.Stderr = os.Stderr
	commands, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	messages, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	trouble, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		trouble <- listen(messages)
	}()
	s := &shown{trouble: trouble, commands: commands, process: cmd, ended: ended}
	if err := json.NewEncoder(commands).Encode(map[string]any{"id": 1, "open": url}); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// listen returns the first bad news.
func listen(messages io.Reader) error {
	lines := bufio.NewScanner(messages)
	var trouble error
	for lines.Scan() {
		var message struct{ Console, Error string }
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			return fmt.Errorf("the runner said %q: %w", lines.Text(), err)
		}
		if text := message.Console + message.Error; text != "" {
			return fmt.Errorf("the page: %s", text)
		}
	}
	return errors.Join(trouble, lines.Err(), errors.New("the browser has ended"))
}

// close ends the browser.
func (s *shown) close() error {
	err := s.commands.Close() // upon which the runner ends
	<-s.ended
	return errors.Join(err, s.process.Wait())
}
