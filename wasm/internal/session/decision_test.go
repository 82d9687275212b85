package session_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

// observe collects the decisions of a tab from now on.
func (p *tab) observe() (decisions func() []session.Decision) {
	var mu sync.Mutex
	var list []session.Decision
	p.Observe(func(d session.Decision) {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, d)
	})
	return func() []session.Decision {
		mu.Lock()
		defer mu.Unlock()
		taken := list
		list = nil
		return taken
	}
}

func codes(decisions []session.Decision) (codes []string) {
	for _, d := range decisions {
		codes = append(codes, d.Code())
	}
	return codes
}

func TestDecisions(t *testing.T) {
	for _, test := range []struct {
		name string
		does func(t *testing.T, p *tab)
		want string
	}{
		{"a token that is fresh", func(t *testing.T, p *tab) { p.do(t) }, "sent answered"},
		{"a refused one", func(t *testing.T, p *tab) {
			p.backend.ExpireTokens()
			p.do(t)
		}, "sent refused_waits refresh refresh_sends refreshed sent answered"},
		{"one that is about to expire", func(t *testing.T, p *tab) {
			sessiontest.Elapse(life - time.Second)
			p.do(t)
		}, "waits refresh refresh_sends refreshed sent answered"},
		{"a refresh that fails, and a call after that", func(t *testing.T, p *tab) {
			p.answers(errDown)
			sessiontest.Elapse(life + time.Second)
			p.do(t)
			p.do(t)
		}, "waits refresh refresh_sends refresh_failed sent_expired refused_again sent_bare refused_backoff"},
		{"a session that is over, and a call after that", func(t *testing.T, p *tab) {
			p.backend.Revoke()
			p.do(t)
			p.do(t)
		}, "sent refused_waits refresh refresh_sends refresh_over refused_failed sent_bare refused_session"},
		{"a resource that refuses every token", func(t *testing.T, p *tab) {
			_ = p.Do(session.Forever, p.alwaysRefused())
		}, "sent refused_waits refresh refresh_sends refreshed sent refused_again"},
		{"a stream", func(t *testing.T, p *tab) {
			p.backend.ExpireTokens()
			c := p.call()
			c.OneShot = true
			_ = p.Do(session.Forever, c)
		}, "sent refused_stream refresh refresh_sends refreshed"},
		{"login and logout", func(t *testing.T, p *tab) {
			p.login(t, "eve")
			_, _ = p.Logout(session.ThisSession)
		}, "signed_in refreshed signed_out logout_told"},
		{"logout offline", func(t *testing.T, p *tab) {
			p.backend.OnLogout = func() error { return errDown }
			_, _ = p.Logout(session.ThisSession)
		}, "signed_out logout_untold"},
	} {
		t.Run(test.name, func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				decisions := p.observe()
				test.does(t, p)
				p.said()
				got := decisions()
				if list := strings.Join(codes(got), " "); list != test.want {
					t.Errorf("got  %s\nwant %s", list, test.want)
				}
				for _, d := range got {
					if d.Text() == "" || strings.Contains(fmt.Sprintf("%+v", d), "ada-") {
						t.Errorf("%+v has no words, or a token", d)
					}
				}
			})
		})
	}
}

func TestDecisionsNameTheirCall(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		decisions := p.observe()
		p.do(t)
		p.do(t)
		var numbers []uint64
		for _, d := range decisions() {
			numbers = append(numbers, d.Call)
			if d.Request != "GET /" {
				t.Errorf("the request is %q", d.Request)
			}
		}
		if !slices.Equal(numbers, []uint64{1, 1, 2, 2}) {
			t.Errorf("the calls are %d", numbers)
		}
		p.Observe(nil)
		p.do(t)
		if got := decisions(); got != nil {
			t.Errorf("told after all: %v", codes(got))
		}
	})
}
