//go:build !js

package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// labMatrix is what each payload gets in each room, in Chromium: as it was measured,
// whether we like it or not. The worst counts.
//
//	password  the password
//	refresh   a refresh token that works elsewhere, and so access tokens as well
//	access    an access token that works elsewhere until it expires
//	proofs    a bound access token, and proofs for so many calls
//	useless   a bound access token, which nobody takes from elsewhere
//	acts      nothing, but it calls the API from within the page
//	-         nothing
//	stopped   it does not run
const labMatrix = `
               local     session   cookies   httponly  hybrid    memory    b-local   b-memory  strict
local          refresh   -         -         -         access    -         useless   -         stopped
session        -         refresh   -         -         -         -         -         -         stopped
cookie         -         -         refresh   -         -         -         -         -         stopped
refresh        -         -         -         -         access    access    -         -         stopped
fetch-early    refresh   refresh   access    -         access    access    useless   useless   stopped
fetch          refresh   refresh   access    -         -         -         -         -         stopped
headers-early  refresh   refresh   -         -         access    access    useless   useless   stopped
headers        refresh   refresh   -         -         -         -         -         -         stopped
promise-early  -         -         -         -         access    access    useless   useless   stopped
promise        -         -         -         -         -         -         -         -         stopped
memory-early   -         -         -         -         access    access    useless   useless   stopped
memory         -         -         -         -         access    access    useless   useless   stopped
reflect        -         -         -         -         access    access    useless   useless   stopped
realm          refresh   refresh   refresh   -         access    access    useless   -         stopped
channel        refresh   refresh   -         -         access    -         useless   -         stopped
own            -         -         -         -         access    access    useless   useless   stopped
act            acts      acts      acts      acts      acts      acts      acts      acts      stopped
proofs         -         -         -         -         access    access    proofs    proofs    stopped
hold           access    access    access    -         access    access    proofs    proofs    stopped
key            access    access    -         -         access    access    access    access    stopped
password       password  password  password  password  password  password  password  password  stopped
`

// labLast is what is done at last in each room, to see for how long it works and
// what the user notices.
var labLast = map[string]string{
	"local": "local", "session": "session", "cookies": "cookie", "httponly": "act",
	"hybrid": "local", "memory": "own", "b-local": "local", "b-memory": "own", "strict": "own",
}

// roomResult is what came of the payloads in one room.
type roomResult struct {
	takes          map[string]string
	last           string // the attack that goes on
	page           *tab
	lasts, notices string
}

// TestLab holds what each payload gets in each room, with the real pages in a real
// browser, and a thief who tries it from elsewhere.
func TestLab(t *testing.T) {
	l := startLab(t)
	browser := startBrowser(t, chromium)
	var mu sync.Mutex
	results := map[string]*roomResult{}
	t.Run("payloads", func(t *testing.T) {
		for _, room := range l.state.Rooms {
			t.Run(room.ID, func(t *testing.T) {
				t.Parallel()
				home, err := browser.open(room.URL)
				if err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				got := &roomResult{page: home, takes: l.robAll(t, home, room)}
				got.last = l.robAtLast(t, victim{t, home}, room)
				t.Logf("took %s", time.Since(begun))
				mu.Lock()
				defer mu.Unlock()
				results[room.ID] = got
			})
		}
	})
	if t.Failed() {
		return
	}
	for _, room := range l.state.Rooms {
		t.Run("how long/"+room.ID, func(t *testing.T) { l.end(t, room, results[room.ID]) })
	}
	if t.Failed() {
		return
	}
	if got := "\n" + l.matrix(results); got != labMatrix {
		t.Errorf("what was measured is not what the test says:\n%s", got)
	}
	holdREADME(t, labBegins, labEnds, l.table(results))
}

// robAtLast begins the attack that goes on, in a session that stays.
func (l *lab) robAtLast(t *testing.T, page victim, room labRoom) (id string) {
	t.Helper()
	page.signIn()
	id, url := l.attack(t, room.ID, labLast[room.ID])
	if room.Strict {
		page.followInVain(url)
		return id
	}
	page.follow(url)
	l.wait(t, id, labLast[room.ID]+" is settled", labAttack.settled)
	return id
}

// end waits until the access token has expired, and looks what is left of the loot,
// and what the user sees who goes on then.
func (l *lab) end(t *testing.T, room labRoom, got *roomResult) {
	page := victim{t, got.page}
	a := l.wait(t, got.last, "it is there", func(labAttack) bool { return true })
	token, trial := a.trial("access token", "as Bearer")
	switch {
	case trial.How == "":
		got.lasts = "nothing to try"
	case token.Bound:
		if _, alone := a.trial("access token", "as DPoP, without a proof"); trial.Accepted > 0 || trial.Code != "invalid_token" || alone.Accepted > 0 || alone.Code != "invalid_dpop_proof" {
			t.Errorf("a bound token, as Bearer: %+v, and without a proof: %+v", trial, alone)
		}
		got.lasts = "refused at once"
	default:
		l.wait(t, got.last, "the access token is refused", func(a labAttack) bool {
			token, trial = a.trial("access token", "as Bearer")
			return trial.Over
		})
		if trial.Code != "invalid_token" || trial.Last.Before(token.Expires.Add(-labTTL/4)) || trial.Last.After(token.Expires.Add(time.Second)) {
			t.Errorf("an access token that expires at %s: %+v", token.Expires, trial)
		}
		got.lasts = "until it expires"
	}
	_, refresh := a.trial("refresh token", "at the refresh endpoint")
	if refresh.How != "" {
		l.wait(t, got.last, "the thief has refreshed twice", func(a labAttack) bool {
			_, refresh = a.trial("refresh token", "at the refresh endpoint")
			return refresh.Accepted >= 2
		})
	}
	got.notices = page.load()
	if refresh.How != "" {
		l.wait(t, got.last, "the thief is out, too", func(a labAttack) bool {
			_, refresh = a.trial("refresh token", "at the refresh endpoint")
			return refresh.Over
		})
		if refresh.Code != "session_revoked" {
			t.Errorf("a stolen refresh token ends with %+v", refresh)
		}
		got.lasts = "until the user refreshes"
	}
	if err := got.page.close(); err != nil {
		t.Error(err)
	}
}

// matrix is what was measured, as labMatrix has it.
func (l *lab) matrix(results map[string]*roomResult) string {
	var lines strings.Builder
	line := func(name string, of func(labRoom) string) {
		text := fmt.Sprintf("%-14s", name)
		for _, room := range l.state.Rooms {
			text += fmt.Sprintf(" %-9s", of(room))
		}
		lines.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	line("", func(r labRoom) string { return r.ID })
	for _, p := range l.state.Payloads {
		line(p.ID, func(r labRoom) string { return results[r.ID].takes[p.ID] })
	}
	return lines.String()
}

const labBegins, labEnds = "<!-- what a thief gets: written by make test-e2e UPDATE=1 -->\n", "<!-- end -->"

// labWords are the outcomes as the README says them.
var labWords = map[string]string{
	"password": "the password", "refresh": "**both tokens**", "access": "**the token**", "proofs": "signed calls",
	"useless": "a useless token", "acts": "acts in the page", "-": "–", "stopped": "does not run",
}

// table is what was measured, for the README.
func (l *lab) table(results map[string]*roomResult) string {
	var text strings.Builder
	row := func(head string, of func(labRoom) string) {
		text.WriteString("| " + head + " |")
		for _, room := range l.state.Rooms {
			text.WriteString(" " + of(room) + " |")
		}
		text.WriteString("\n")
	}
	row("", func(r labRoom) string { return r.Title })
	row("---", func(labRoom) string { return "---" })
	for _, p := range l.state.Payloads {
		row(p.Title, func(r labRoom) string { return labWords[results[r.ID].takes[p.ID]] })
	}
	row("*works elsewhere*", func(r labRoom) string { return results[r.ID].lasts })
	row("*the user notices*", func(r labRoom) string {
		_, code, out := strings.Cut(results[r.ID].notices, "signed out: ")
		if !out {
			return "nothing"
		}
		return "signed out, `" + code + "`"
	})
	return "\n" + text.String() + "\n"
}
