package session_test

import (
	"testing"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
)

func TestCallOfOneUserIsNotSentAgainAsAnother(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		p.backend.ExpireTokens()
		p.backend.SignIn("eve") // in another tab, which shares the cookie
		c := p.call()
		if err := p.Do(session.Forever, c); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, c.Status(), 401)
		if n := len(c.Sent()); n != 1 {
			t.Errorf("sent %d times, want once", n)
		}
		p.wantEvents(t, session.ByAccountSwitched)
		if got := p.Current().Claims.Subject; got != "eve" {
			t.Errorf("user: got %s, want eve", got)
		}
	})
}

func TestAccountSwitchedByTheServersWord(t *testing.T) {
	signedIn(t, func(t *testing.T, p *tab) {
		var proofs []session.AccessToken
		p.backend.OnRefresh = func(old session.AccessToken) error {
			proofs = append(proofs, old)
			if old != "" {
				return &session.Error{Code: wire.AccountSwitched, Status: 409}
			}
			return nil
		}
		p.backend.SignIn("eve")
		if _, err := p.Refresh(session.Forever); err != nil {
			t.Fatal(err)
		}
		p.wantEvents(t, session.ByAccountSwitched)
		if len(proofs) != 2 || proofs[1] != "" {
			t.Errorf("refreshes: got %d, want a second one without the other user's token", len(proofs))
		}
	})
}
