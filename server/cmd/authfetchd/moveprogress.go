package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/authfetch/authfetch/server/internal/transfer"
)

// How often somebody who watches is told, and how often a log is.
const (
	redrawEvery = 200 * time.Millisecond
	reportEvery = 10 * time.Second
)

// progressLine shows how far a move has come: on a terminal in one line that is
// rewritten, elsewhere in a line every ten seconds.
type progressLine struct {
	w        io.Writer
	terminal bool
	clock    func() time.Time
	stage    transfer.Stage
	begun    time.Time // of the stage
	shown    time.Time
	drawn    bool
}

func newProgressLine(sys system) *progressLine {
	file, ok := sys.err.(*os.File)
	return &progressLine{w: sys.err, terminal: ok && term.IsTerminal(int(file.Fd())), clock: sys.clock, shown: sys.clock()}
}

// show shows it, unless it has just done so.
func (l *progressLine) show(p transfer.Progress) {
	now := l.clock()
	if p.Stage != l.stage {
		l.stage, l.begun = p.Stage, now
	}
	before, after, every := "", "\n", reportEvery
	if l.terminal {
		before, after, every = "\r", "\x1b[K", redrawEvery // erases what is left of a longer one
	}
	if now.Sub(l.shown) < every {
		return
	}
	l.shown, l.drawn = now, true
	// Whoever cannot be told has the result.
	_, _ = fmt.Fprint(l.w, before, progressText(p, now.Sub(l.begun)), after)
}

// end takes the line away.
func (l *progressLine) end() {
	if l.terminal && l.drawn {
		_, _ = fmt.Fprint(l.w, "\r\x1b[K")
	}
}

// progressText tells how far a stage has come in that time, and when it will be over
// if it goes on so.
func progressText(p transfer.Progress, took time.Duration) string {
	percent := int64(100)
	if p.Rows > 0 {
		percent = min(100, 100*p.Done/p.Rows)
	}
	text := fmt.Sprintf("%s %s: %d%%, %d of %d rows", p.Stage, p.Table, percent, p.Done, p.Rows)
	if took < time.Second || p.Done == 0 {
		return text
	}
	left := time.Duration(float64(took) / float64(p.Done) * float64(max(0, p.Rows-p.Done)))
	return fmt.Sprintf("%s, %.0f rows/s, %s left", text, float64(p.Done)/took.Seconds(), left.Round(time.Second))
}
