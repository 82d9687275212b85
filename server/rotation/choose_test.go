package rotation_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// Cookies of one name for several paths, or of two profiles, come together.
func TestSeveralTokens(t *testing.T) {
	w := newWorld(t)
	dead, other := w.signIn(), w.signIn()
	if _, err := w.Logout(t.Context(), rotation.SignOut{Tokens: []string{raw(dead)}}); err != nil {
		t.Fatal(err)
	}
	first := w.signIn()
	second := w.mustRefresh(raw(first), rotation.Rotated)
	ambiguous := w.signIn()
	if _, err := w.Logout(t.Context(), rotation.SignOut{Tokens: []string{raw(other)}}); err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		name   string
		tokens []string
		want   error
		reason wire.Reason
	}{
		{"two of one session, the newer last", []string{raw(first), raw(second)}, nil, ""},
		{"one live, one revoked", []string{raw(dead), "second"}, nil, ""},
		{"one live, one garbage", []string{"garbage", "second"}, nil, ""},
		{"two of one session, the newer first", []string{"second", raw(first)}, nil, ""},
		{"two live", []string{"second", raw(ambiguous)}, rotation.ErrAmbiguous, ""},
		{"two live, one revoked", []string{raw(dead), "second", raw(ambiguous)}, rotation.ErrAmbiguous, ""},
		{"two revoked", []string{raw(dead), raw(other)}, rotation.ErrRevoked, wire.ReasonLogout},
		{"all garbage", []string{"garbage", ""}, rotation.ErrMalformed, ""},
		{"none", nil, rotation.ErrMissing, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			tokens := slices.Clone(test.tokens)
			if i := slices.Index(tokens, "second"); i >= 0 {
				tokens[i] = raw(second) // the current one by now
			}
			grant, err := w.Refresh(t.Context(), rotation.Request{Tokens: tokens})
			wantRefusal(t, err, test.want, test.reason)
			if err == nil {
				if grant.Outcome != rotation.Rotated || grant.Session.ID != first.Session.ID {
					t.Errorf("refreshed %+v, want the live session's newest token to rotate", grant)
				}
				second = grant
			}
		})
	}
	w.mustRefresh(raw(ambiguous), rotation.Rotated)
}

// The order of the checks, where one token is not alone in it.
func TestRefreshOrder(t *testing.T) {
	w := newWorld(t)
	grant, other := w.signIn(), w.signIn()
	invalid := errors.New("the access token is invalid")
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		tokens []string
		want   error
	}{
		{"missing before all", nil, rotation.ErrMissing},
		{"malformed before the access token", []string{"garbage"}, rotation.ErrMalformed},
		{"the access token before the database", []string{raw(grant)}, invalid},
		{"which of two is live only the database knows", []string{raw(grant), raw(other)}, rotation.ErrUnavailable},
	} {
		_, err := w.Refresh(t.Context(), rotation.Request{Tokens: test.tokens, AccessErr: invalid})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}
