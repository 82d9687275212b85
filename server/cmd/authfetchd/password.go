package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// readPassword reads one line. A password on the command line would be seen by
// everybody who lists processes.
func readPassword(s streams) (string, error) {
	if isTerminal(s.in) {
		if _, err := fmt.Fprint(s.err, "password (shown as you type): "); err != nil {
			return "", err
		}
	}
	line, err := bufio.NewReader(io.LimitReader(s.in, 1<<14)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errors.New("no password came on the standard input")
	}
	return line, nil
}

func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
