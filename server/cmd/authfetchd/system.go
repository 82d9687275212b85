package main

import (
	"io"
	"strings"
	"time"
)

// system is what the program finds around it.
type system struct {
	in       io.Reader
	out, err io.Writer
	environ  []string         // "NAME=value", as os.Environ has it
	now      func() time.Time // the clock; nil: time.Now
}

// getenv is the value of an environment variable, empty where it is not set.
func (s system) getenv(name string) string {
	for _, entry := range s.environ {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// clock is the time by the clock.
func (s system) clock() time.Time {
	if s.now == nil {
		return time.Now()
	}
	return s.now()
}
