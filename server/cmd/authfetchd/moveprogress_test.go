package main_test

import (
	"bytes"
	"testing"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
	"github.com/authfetch/authfetch/server/internal/transfer"
	"github.com/authfetch/authfetch/server/servertest"
)

func TestMoveProgress(t *testing.T) {
	const copying, verifying = transfer.Copying, transfer.Verifying
	type step struct {
		later time.Duration // than the one before
		stage transfer.Stage
		table string
		done  int64 // of 1000
		want  string
	}
	for name, test := range map[string]struct {
		terminal bool
		steps    []step
		end      string
	}{
		"log": {false, []step{
			{0, copying, "users", 10, ""},
			{9999 * time.Millisecond, copying, "users", 20, ""},
			{time.Millisecond, copying, "users", 250, "copying users: 25%, 250 of 1000 rows, 25 rows/s, 30s left\n"},
			{5 * time.Second, copying, "users", 300, ""},
			{5 * time.Second, verifying, "meta", 1, "verifying meta: 0%, 1 of 1000 rows\n"},
			{20 * time.Second, verifying, "meta", 1400, "verifying meta: 100%, 1400 of 1000 rows, 70 rows/s, 0s left\n"},
		}, ""},
		"terminal": {true, []step{
			{0, copying, "meta", 1, ""},
			{200 * time.Millisecond, copying, "meta", 10, "\rcopying meta: 1%, 10 of 1000 rows\x1b[K"},
			{199 * time.Millisecond, copying, "users", 20, ""},
			{time.Millisecond, copying, "users", 40, "\rcopying users: 4%, 40 of 1000 rows\x1b[K"},
			{9600 * time.Millisecond, copying, "sessions", 500, "\rcopying sessions: 50%, 500 of 1000 rows, 50 rows/s, 10s left\x1b[K"},
		}, "\r\x1b[K"},
		"terminal, and soon over": {true, []step{{0, copying, "meta", 1, ""}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			clock := servertest.NewClock()
			show, end := main.Progress(&out, test.terminal, clock.Now)
			for _, s := range test.steps {
				out.Reset()
				clock.Advance(s.later)
				show(transfer.Progress{Stage: s.stage, Table: s.table, Done: s.done, Rows: 1000})
				if got := out.String(); got != s.want {
					t.Errorf("%d rows: %q, want %q", s.done, got, s.want)
				}
			}
			out.Reset()
			end()
			if got := out.String(); got != test.end {
				t.Errorf("at the end %q, want %q", got, test.end)
			}
		})
	}
}
