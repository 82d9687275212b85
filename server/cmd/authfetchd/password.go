package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// readPassword reads one line. A password on the command line would be seen by
// everybody who lists processes.
func readPassword(ctx context.Context, s streams) (string, error) {
	if isTerminal(s.in) {
		if _, err := fmt.Fprint(s.err, "password (shown as you type): "); err != nil {
			return "", err
		}
	}
	line, err := readLine(ctx, s.in)
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	if line == "" {
		return "", errors.New("no password came on the standard input")
	}
	return line, nil
}

// maxLine is far more than the longest password takes, in bytes.
const maxLine = 1 << 14

// readLine reads a line without its end. Nothing ends a read of a terminal but
// the user, so the context is waited for beside it.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(r, maxLine)).ReadString('\n')
		read <- result{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case got := <-read:
		if got.err != nil && !errors.Is(got.err, io.EOF) {
			return "", got.err
		}
		return strings.TrimRight(got.line, "\r\n"), nil
	}
}

func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
