package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// readPassword reads one line, hidden where it is typed at a terminal. A password
// on the command line would be seen by everybody who lists processes.
func readPassword(ctx context.Context, sys system) (string, error) {
	read := func(ctx context.Context) (string, error) { return readLine(ctx, sys.in) }
	if file, ok := sys.in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		read = func(ctx context.Context) (string, error) { return readHidden(ctx, file, sys.err) }
	}
	line, err := read(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	if line == "" {
		return "", errors.New("no password came on the standard input")
	}
	return line, nil
}

var errGivenUp = errors.New("given up at the terminal")

// readHidden asks for a line and reads it without showing it. The terminal stops
// to show what is typed before it asks, and is put right in any case.
func readHidden(ctx context.Context, terminal *os.File, prompt io.Writer) (string, error) {
	fd := int(terminal.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", err
	}
	defer func() { _ = term.Restore(fd, before) }()
	line, err := unlessDone(ctx, func() (string, error) {
		return term.NewTerminal(typed{terminal, prompt}, "").ReadPassword("password (not shown): ")
	})
	if errors.Is(err, io.EOF) { // Ctrl-C and Ctrl-D, which are keys like any other here
		err = errGivenUp
	}
	return line, err
}

// typed is a terminal whose prompts go elsewhere.
type typed struct {
	io.Reader
	io.Writer
}

// maxLine is far more than the longest password takes, in bytes.
const maxLine = 1 << 14

// readLine reads a line without its end.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	return unlessDone(ctx, func() (string, error) {
		line, err := bufio.NewReader(io.LimitReader(r, maxLine)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return strings.TrimRight(line, "\r\n"), err
	})
}

// unlessDone returns what read returns, or why ctx is done. Nothing ends a read of
// a terminal but the user, so the context is waited for beside it.
func unlessDone(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := read()
		done <- result{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case got := <-done:
		return got.line, got.err
	}
}
