package main_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// visitor is a device that does what people do, and knows what can have become of its
// session: whatever else it is told is a failure.
type visitor struct {
	*device
	line *line
	tick *time.Ticker // the time that people take
	calm bool         // does nothing that takes a password

	person    *person
	proven    int      // the number of the password that the session began with
	presented string   // the cookie of the last refresh
	ended     []string // cookies of sessions that are over
}

// maxEnded is how many of them a visitor remembers.
const maxEnded = 20

// act does one thing, to its end.
func (v *visitor) act(t *testing.T) {
	switch n := v.chance.IntN(1000); {
	case v.cookie == "":
		v.signIn(t)
	case n < 700 || v.access == "":
		v.refresh(t, 3)
	case n < 900 || v.calm:
		v.look(t)
	case n < 970:
		v.haunt(t)
	case n < 975:
		v.sleep(t)
	case n < 993:
		v.signOut(t)
	default:
		v.change(t)
	}
}

// refresh refreshes in all tabs, and of four answers that many are kept. A session
// ends by a new password from another device alone, and then it does not live.
func (v *visitor) refresh(t *testing.T, kept int) {
	v.line.doing = refreshing
	before := v.person.knows()
	presented, lost := v.cookie, v.cookie == v.presented
	answers, errs := v.inTabs(t, balancerURL)
	after := v.person.knows()
	successor, successes, over := session{}, 0, false
	for tab, got := range answers {
		switch {
		case errs[tab] != nil || got.status == http.StatusServiceUnavailable:
		case got.status == http.StatusOK:
			if v.proven < before.done {
				t.Errorf("%s: a session lives that began with password %d, and %d is answered", v.email, v.proven, before.done)
			}
			next := sessionOf(t, got)
			if successor.cookie != "" && successor.cookie != next.cookie {
				t.Error("one refresh token was answered with two different successors")
			}
			successes++
			successor = next
			if v.chance.IntN(4) < kept {
				v.session = next
			}
		case reasonOf(got) == wire.ReasonPasswordChange && v.proven < after.asked:
			over = true
		default:
			t.Errorf("%s: refresh: %d %s", v.email, got.status, got.body)
		}
	}
	v.presented = presented
	v.line.tally.addRefreshes(successes, lost)
	if over {
		v.end()
	}
}

// sleep loses all answers, as a machine does whose lid is shut, and wakes up when the
// grace is over.
func (v *visitor) sleep(t *testing.T) {
	v.refresh(t, 0)
	for begin := time.Now(); time.Since(begin) <= clusterGrace; {
		<-v.tick.C
	}
	if v.cookie != "" {
		v.refresh(t, 3)
	}
}

// look asks for the user. An access token outlives its session.
func (v *visitor) look(t *testing.T) {
	v.line.doing = looking
	got, err := v.send(t, http.MethodGet, balancerURL+wire.DefaultPrefix+wire.PathMe, session{access: v.access}, nil)
	if err == nil && got.status != http.StatusOK && got.status != http.StatusServiceUnavailable {
		t.Errorf("%s: the user: %d %s", v.email, got.status, got.body)
	}
}

// haunt tries a session that is over.
func (v *visitor) haunt(t *testing.T) {
	if len(v.ended) == 0 {
		return
	}
	v.line.doing = haunting
	cookie := v.ended[v.chance.IntN(len(v.ended))]
	got, err := v.send(t, http.MethodPost, balancerURL+wire.DefaultPrefix+wire.PathRefresh, session{cookie: cookie}, nil)
	if err == nil && got.status != http.StatusServiceUnavailable && reasonOf(got) == "" {
		t.Errorf("%s: a session that is over: %d %s", v.email, got.status, got.body)
	}
}

// end is called when the session is certainly over.
func (v *visitor) end() {
	v.ended = append(v.ended, v.cookie)
	v.ended = v.ended[max(0, len(v.ended)-maxEnded):]
	v.session, v.presented = session{}, ""
}

// signIn tries a password that may be right, and that is all that it tries.
func (v *visitor) signIn(t *testing.T) {
	v.line.doing = signingIn
	before := v.person.knows()
	number := before.done + v.chance.IntN(before.asked-before.done+1)
	v.email, v.password = v.person.email, v.person.password(number)
	got, err := v.login(t, balancerURL)
	after := v.person.knows()
	switch {
	case err != nil || got.status == http.StatusServiceUnavailable:
	case got.status == http.StatusCreated:
		v.proven = number
	case got.status == http.StatusTooManyRequests:
		v.person = v.person.replacement()
	case got.status == http.StatusUnauthorized && before.done != after.asked: // meanwhile another one is right
	default:
		t.Errorf("%s: login with password %d: %d %s", v.email, number, got.status, got.body)
	}
}

// signOut asks until it is certain.
func (v *visitor) signOut(t *testing.T) {
	v.line.doing = signingOut
	for !t.Failed() {
		got, err := v.logout(t, balancerURL)
		switch {
		case err != nil || got.status == http.StatusServiceUnavailable:
			<-v.tick.C
			continue
		case got.status != http.StatusNoContent:
			t.Errorf("%s: logout: %d %s", v.email, got.status, got.body)
		}
		v.end()
		return
	}
}

// change takes another password, and asks until it is certain. Where nobody can tell,
// everybody goes on as another user.
func (v *visitor) change(t *testing.T) {
	p := v.person
	if !p.change.TryLock() {
		return
	}
	defer p.change.Unlock()
	known := p.knows()
	if known.asked != known.done || v.proven != known.done {
		return // the session may be over
	}
	v.line.doing = changing
	number := p.ask()
	v.password = p.password(number - 1)
	for attempt := 0; !t.Failed(); attempt++ {
		got, err := v.changePassword(t, balancerURL, p.password(number))
		switch {
		case err != nil || got.status == http.StatusServiceUnavailable:
			<-v.tick.C
			continue
		case got.status == http.StatusTooManyRequests && attempt > 0:
			v.session, v.person = session{}, p.replacement()
			return
		case got.status == http.StatusTooManyRequests: // for changes that a kill has cut off before
			p.unask()
			return
		case got.status == http.StatusForbidden && attempt > 0: // an answer was lost, and the password is new
		case got.status != http.StatusNoContent:
			t.Errorf("%s: change of the password: %d %s", v.email, got.status, got.body)
		}
		p.changed()
		v.proven = number
		return
	}
}

// settle wants everything to be as the answers have said, on every node.
func (v *visitor) settle(t *testing.T, c *cluster) {
	t.Helper()
	for i := range c.nodes {
		v.line.to = c.at(i)
		v.line.doing = haunting
		for _, cookie := range v.ended {
			if got := v.final(t, cookie); reasonOf(got) == "" {
				t.Errorf("%s: a session that is over, at last: %d %s", v.email, got.status, got.body)
			}
		}
		known := v.person.knows()
		if v.cookie == "" || known.asked != known.done {
			continue
		}
		v.line.doing = refreshing
		got := v.final(t, v.cookie)
		switch {
		case v.proven < known.done && reasonOf(got) != wire.ReasonPasswordChange:
			t.Errorf("%s: the session of password %d, of %d, at last: %d %s", v.email, v.proven, known.done, got.status, got.body)
		case v.proven == known.done && got.status != http.StatusOK:
			t.Errorf("%s: a live session, at last: %d %s", v.email, got.status, got.body)
		case got.status == http.StatusOK:
			v.session = sessionOf(t, got)
		}
	}
}

// final is the answer to a refresh with nothing but a cookie, when everything runs.
// A node may still find out that connections of before are dead.
func (v *visitor) final(t *testing.T, cookie string) (got answer) {
	t.Helper()
	var err error
	for range 100 {
		got, err = v.send(t, http.MethodPost, balancerURL+wire.DefaultPrefix+wire.PathRefresh, session{cookie: cookie}, nil)
		if err == nil && got.status != http.StatusServiceUnavailable {
			return got
		}
		<-v.tick.C
	}
	t.Errorf("%s: no answer, at last: %d (%v)", v.email, got.status, err)
	return got
}

// reasonOf is how a session ended that was refused; empty: the answer is another one.
func reasonOf(a answer) wire.Reason {
	var problem wire.Problem
	if a.status != http.StatusUnauthorized || json.Unmarshal(a.body, &problem) != nil || problem.Code != wire.SessionRevoked {
		return ""
	}
	return problem.Reason
}
