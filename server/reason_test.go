package server_test

import (
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server/wire"
)

// A program reads the reason, a person the detail: they say the same.
func TestReasonsInWords(t *testing.T) {
	s := start(t)
	words := map[wire.Reason]string{
		wire.ReasonReuse: "used twice", wire.ReasonLogout: "signed out", wire.ReasonPasswordChange: "password was changed",
		wire.ReasonDisabled: "account is disabled", wire.ReasonAdmin: "operator", wire.ReasonReplaced: "this browser",
	}
	for _, reason := range wire.Reasons() {
		t.Run(string(reason), func(t *testing.T) {
			b := signedIn(t, s)
			if _, err := s.Auth.EndSessions(t.Context(), claimsOf(t, s, b).UserID, "", reason); err != nil {
				t.Fatal(err)
			}
			p := wantRefusal(t, b.Refresh(), wire.SessionRevoked)
			if p.Reason != reason || words[reason] == "" || !strings.Contains(p.Detail, words[reason]) {
				t.Errorf("reason %q, detail %q; want %q and words with %q", p.Reason, p.Detail, reason, words[reason])
			}
		})
	}
}
