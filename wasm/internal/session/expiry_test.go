package session_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/authfetch/authfetch/wasm/internal/session/sessiontest"
)

func TestRefreshAheadOfExpiry(t *testing.T) {
	const never = -1
	for name, row := range map[string]struct {
		life, margin time.Duration
		refreshedAt  time.Duration
	}{
		"default is 30 s":               {life: 10 * time.Minute, refreshedAt: 10*time.Minute - 30*time.Second},
		"or a tenth of the life":        {life: time.Minute, refreshedAt: 54 * time.Second},
		"a given one is honoured":       {life: 5 * time.Minute, margin: 2 * time.Minute, refreshedAt: 3 * time.Minute},
		"up to half of the life":        {life: 5 * time.Minute, margin: time.Hour, refreshedAt: 150 * time.Second},
		"never ahead, where so decided": {life: 5 * time.Minute, margin: never, refreshedAt: 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inTab(t, func(p *tab, c *session.Config) {
				p.backend.Life = row.life
				c.Policy.Margin = row.margin
			}, func(t *testing.T, p *tab) {
				p.login(t, "ada")
				before := p.backend.Refreshes()
				sessiontest.Elapse(row.refreshedAt - time.Millisecond)
				wantStatus(t, p.do(t), 200)
				p.wantRefreshes(t, before)
				sessiontest.Elapse(time.Millisecond)
				c := p.call()
				if err := p.Do(session.Forever, c); err != nil {
					t.Fatal(err)
				}
				wantStatus(t, c.Status(), 200)
				p.wantRefreshes(t, before+1)
				if n := len(c.Sent()); n != 1 {
					t.Errorf("sent %d times, want once: the refresh came first", n)
				}
			})
		})
	}
}

func TestFailedRefreshAheadUsesTheValidToken(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		p.answers(errDown)
		before := p.backend.Refreshes()
		sessiontest.Elapse(life - 20*time.Second)
		for range 10 {
			wantStatus(t, p.do(t), 200)
		}
		p.wantRefreshes(t, before+1)
		p.wantEvents(t, "trouble")
	})
}

func TestClocks(t *testing.T) {
	for name, row := range map[string]struct {
		adjust    func(*sessiontest.Clock)
		refreshes int
	}{
		"wall clock an hour ahead":         {func(c *sessiontest.Clock) { c.SetWall(time.Hour) }, 1},
		"wall clock an hour behind":        {func(c *sessiontest.Clock) { c.SetWall(-time.Hour) }, 0},
		"slept past the expiry":            {func(c *sessiontest.Clock) { sessiontest.Elapse(time.Hour); c.Suspend(time.Hour) }, 1},
		"slept, and the wall clock behind": {func(c *sessiontest.Clock) { c.SetWall(-time.Hour); sessiontest.Elapse(time.Minute) }, 0},
	} {
		t.Run(name+", changed while running", func(t *testing.T) {
			signedIn(t, func(t *testing.T, p *tab) {
				before := p.backend.Refreshes()
				row.adjust(p.clock)
				for range 10 {
					wantStatus(t, p.do(t), 200)
				}
				p.wantRefreshes(t, before+row.refreshes)
			})
		})
	}
	for _, wrong := range []time.Duration{time.Hour, -time.Hour} {
		t.Run("wall clock wrong by "+wrong.String()+" from the start", func(t *testing.T) {
			inTab(t, func(p *tab, _ *session.Config) { p.clock.SetWall(wrong) }, func(t *testing.T, p *tab) {
				p.login(t, "ada")
				before := p.backend.Refreshes()
				for range 10 {
					wantStatus(t, p.do(t), 200)
				}
				p.wantRefreshes(t, before)
				if got, want := p.Current().ExpiresAt, sessiontest.Wall(time.Now().Add(wrong+life)); got != want {
					t.Errorf("expires %v from what the page's clock says, want %v", time.Duration(got-want), 0)
				}
			})
		})
	}
}

func TestTokenThatDoesNotTellItsLife(t *testing.T) {
	inTab(t, func(p *tab, _ *session.Config) { p.backend.Opaque = true }, func(t *testing.T, p *tab) {
		p.login(t, "ada")
		before := p.backend.Refreshes()
		sessiontest.Elapse(life - time.Second)
		wantStatus(t, p.do(t), 200)
		p.wantRefreshes(t, before)
		if p.Current().ExpiresAt != 0 {
			t.Error("an expiry was made up")
		}
		sessiontest.Elapse(time.Second)
		wantStatus(t, p.do(t), 200) // by way of the API's 401
		p.wantRefreshes(t, before+1)
	})
}

func TestExpOfTheTokenWhereTheAnswerNamesNoLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &tab{backend: &sessiontest.Backend{Life: life}, clock: sessiontest.NewClock(), storage: &sessiontest.Storage{}, hint: &sessiontest.Hint{}}
		p.open(func(_ *tab, c *session.Config) { c.Server = withoutLife{p.backend} })
		defer p.Close()
		p.login(t, "ada")
		if got, want := p.Current().ExpiresAt, sessiontest.Wall(time.Now().Add(life)); got != want {
			t.Errorf("expiry is off by %v", time.Duration(got-want))
		}
	})
}

// withoutLife is a server whose answers have no expires_in.
type withoutLife struct{ *sessiontest.Backend }

func (s withoutLife) Login(credentials any) (session.Grant, error) {
	g, err := s.Backend.Login(credentials)
	g.Life = 0
	return g, err
}
