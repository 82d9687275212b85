//go:build linux

package main_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
)

// openTerminal returns the two ends of a new terminal: what a person types is
// written to screen, and what the terminal shows is read from it.
func openTerminal(t *testing.T) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminal to be had here: %v", err)
	}
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatalf("unlocking the terminal: %v", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatalf("naming the terminal: %v", err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminal to be had here: %v", err)
	}
	t.Cleanup(func() { terminal.Close() })
	return screen, terminal
}

// prompted is a writer that tells when something was written.
type prompted struct {
	bytes.Buffer
	once chan struct{}
}

func (p *prompted) Write(b []byte) (int, error) {
	n, err := p.Buffer.Write(b)
	select {
	case p.once <- struct{}{}:
	default:
	}
	return n, err
}

func TestPasswordIsNotShownAtATerminal(t *testing.T) {
	const password = "correct horse battery staple"
	screen, terminal := openTerminal(t)
	errs := &prompted{once: make(chan struct{}, 1)}
	done := make(chan error, 1)
	go func() {
		done <- main.Run(t.Context(), []string{"user", "add", "--data", t.TempDir(), "ada@example.com"},
			main.System{In: terminal, Out: io.Discard, Err: errs})
	}()
	<-errs.once
	if _, err := io.WriteString(screen, password+"\r"); err != nil { // the key, not the end of a line
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatalf("user add: %v", err)
	}
	terminal.Close()
	shown, _ := io.ReadAll(screen) // ends with an error when the other end is closed
	if strings.Contains(string(shown), password) {
		t.Errorf("the terminal shows %q", shown)
	}
	if !strings.Contains(errs.String(), "password") {
		t.Errorf("the prompt is %q", errs.String())
	}
}

func TestTerminalIsPutRightWhenTheUserGivesUp(t *testing.T) {
	_, terminal := openTerminal(t)
	before, err := term.GetState(int(terminal.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	errs := &prompted{once: make(chan struct{}, 1)}
	done := make(chan error, 1)
	go func() {
		done <- main.Run(ctx, []string{"user", "add", "--data", t.TempDir(), "ada@example.com"},
			main.System{In: terminal, Out: io.Discard, Err: errs})
	}()
	<-errs.once
	cancel()
	if err := <-done; err == nil {
		t.Error("user add has added a user without a password")
	}
	after, err := term.GetState(int(terminal.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if *before != *after {
		t.Error("the terminal is left without echo")
	}
}
