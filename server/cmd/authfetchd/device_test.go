package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/authfetch/authfetch/server/wire"
)

// device is a browser with several tabs. It keeps the tokens that it has received
// last, whatever the server thinks.
type device struct {
	session
	email, password string

	http   *http.Client
	chance *rand.Rand
	events *countdown // of everything that it sends and receives
}

func newDevice(chance *rand.Rand, email, password string) *device {
	return &device{
		email: email, password: password,
		http:   &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: tabs}},
		chance: chance, events: never(),
	}
}

// tabs is how many of them every device has.
const tabs = 3

// countdown calls f once, in the middle of whatever is going on.
type countdown struct {
	left atomic.Int64
	f    func()
}

func newCountdown(from int64, f func()) *countdown {
	c := &countdown{f: f}
	c.left.Store(from)
	return c
}

// never is one that does not end.
func never() *countdown { return newCountdown(math.MaxInt64, func() {}) }

func (c *countdown) count() {
	if c.left.Add(-1) == 0 {
		c.f()
	}
}

// over reports whether f has been called, or is about to be.
func (c *countdown) over() bool { return c.left.Load() <= 0 }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request as the module does, with the tokens that are given. An
// error means that no complete answer came.
func (d *device) send(t *testing.T, method, url string, s session, body []byte) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set(wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
	if body != nil {
		req.Header.Set("Content-Type", wire.TypeJSON)
	}
	if s.cookie != "" {
		req.Header.Set("Cookie", s.cookie)
	}
	if s.access != "" {
		req.Header.Set(wire.HeaderAuthorization, wire.SchemeBearer+" "+s.access)
	}
	d.events.count()
	res, err := d.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	read, err := io.ReadAll(res.Body)
	_ = res.Body.Close() // it has been read
	if err != nil {
		return answer{}, err
	}
	d.events.count()
	return answer{res.StatusCode, res.Header, read}, nil
}

// refresh refreshes in all tabs at once, with the same tokens. Some answers get
// lost. It reports false when the server has been killed.
func (d *device) refresh(t *testing.T, url string) bool {
	answers, errs := d.inTabs(t, url)
	var successor session
	for tab, err := range errs {
		switch {
		case err != nil && d.events.over():
			continue
		case err != nil:
			t.Errorf("refresh: %v", err)
			return false
		case answers[tab].status != http.StatusOK:
			t.Errorf("refresh: %d %s", answers[tab].status, answers[tab].body)
			return false
		}
		got := sessionOf(t, answers[tab])
		if successor.cookie != "" && got.cookie != successor.cookie {
			t.Error("one refresh token was answered with two different successors")
		}
		successor = got
		if d.chance.IntN(4) > 0 {
			d.session = got
		}
	}
	return !d.events.over() && !t.Failed()
}

// inTabs sends a refresh from all tabs at once, with the same tokens.
func (d *device) inTabs(t *testing.T, url string) (answers [tabs]answer, errs [tabs]error) {
	var group sync.WaitGroup
	for tab := range tabs {
		group.Go(func() {
			answers[tab], errs[tab] = d.send(t, http.MethodPost, url+wire.DefaultPrefix+wire.PathRefresh, d.session, nil)
		})
	}
	group.Wait()
	return answers, errs
}

// sessionOf is what an answer tells the client to keep.
func sessionOf(t *testing.T, a answer) session {
	t.Helper()
	var token wire.Token
	if err := json.Unmarshal(a.body, &token); err != nil {
		t.Errorf("%v in %s", err, a.body)
	}
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		t.Errorf("%v in %v", err, a.header)
		return session{}
	}
	return session{token.AccessToken, cookie.Name + "=" + cookie.Value}
}

// login signs in, and keeps the session where that succeeds.
func (d *device) login(t *testing.T, url string) (answer, error) {
	t.Helper()
	body, err := json.Marshal(wire.Credentials{Email: d.email, Password: d.password})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.send(t, http.MethodPost, url+wire.DefaultPrefix+wire.PathAuth, session{}, body)
	if err == nil && got.status == http.StatusCreated {
		d.session = sessionOf(t, got)
	}
	return got, err
}

// wantLogin signs in, and fails the test where that fails.
func (d *device) wantLogin(t *testing.T, url string) {
	t.Helper()
	if got, err := d.login(t, url); err != nil || got.status != http.StatusCreated {
		t.Fatalf("login: %d %s (%v)", got.status, got.body, err)
	}
}

func (d *device) logout(t *testing.T, url string) (answer, error) {
	t.Helper()
	return d.send(t, http.MethodDelete, url+wire.DefaultPrefix+wire.PathAuth, d.session, nil)
}

func (d *device) changePassword(t *testing.T, url, password string) (answer, error) {
	t.Helper()
	body, err := json.Marshal(wire.PasswordChange{OldPassword: d.password, NewPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	return d.send(t, http.MethodPut, url+wire.DefaultPrefix+wire.PathPassword, session{access: d.access}, body)
}

// outcome is what a refresh is answered: nothing where it succeeds, or else how
// the session has ended.
func (d *device) outcome(t *testing.T, url string) wire.Reason {
	t.Helper()
	got, err := d.send(t, http.MethodPost, url+wire.DefaultPrefix+wire.PathRefresh, session{cookie: d.cookie}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.status == http.StatusOK {
		d.session = sessionOf(t, got)
		return ""
	}
	var problem wire.Problem
	if err := json.Unmarshal(got.body, &problem); err != nil || problem.Code != wire.SessionRevoked {
		t.Errorf("refresh: %d %s", got.status, got.body)
	}
	return problem.Reason
}

// wantUser wants the access token to be good.
func (d *device) wantUser(t *testing.T, url string) {
	t.Helper()
	got, err := d.send(t, http.MethodGet, url+wire.DefaultPrefix+wire.PathMe, session{access: d.access}, nil)
	if err != nil || got.status != http.StatusOK {
		t.Errorf("the user: %d %s (%v)", got.status, got.body, err)
	}
}

// sessions is how many live ones the user has.
func (d *device) sessions(t *testing.T, url string) int {
	t.Helper()
	got, err := d.send(t, http.MethodGet, url+wire.DefaultPrefix+wire.PathSessions, session{access: d.access}, nil)
	var list wire.Sessions
	if err == nil {
		err = json.Unmarshal(got.body, &list)
	}
	if err != nil {
		t.Fatalf("sessions: %d %s (%v)", got.status, got.body, err)
	}
	return len(list.Sessions)
}
