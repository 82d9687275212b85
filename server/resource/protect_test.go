package resource_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

func TestProtect(t *testing.T) {
	w := newWorld(t)
	raw := w.accessToken(t)
	other := newWorld(t).accessToken(t)
	parts := strings.Split(raw, ".")
	for _, test := range []struct {
		name          string
		query         string
		authorization []string
		status        int
		challenge     string // what WWW-Authenticate begins with
	}{
		{"valid", "", []string{"Bearer " + raw}, 200, ""},
		{"scheme in lower case", "", []string{"bearer " + raw}, 200, ""},
		{"none", "", nil, 401, "Bearer"},
		{"another scheme", "", []string{"Basic dTpw"}, 401, "Bearer"},
		{"scheme alone", "", []string{"Bearer"}, 401, `Bearer error="invalid_token"`},
		{"garbage", "", []string{"Bearer garbage"}, 401, `Bearer error="invalid_token"`},
		{"of another issuer of the same name", "", []string{"Bearer " + other}, 401, `Bearer error="invalid_token"`},
		{"without signature", "", []string{"Bearer " + parts[0] + "." + parts[1] + "."}, 401, `Bearer error="invalid_token"`},
		{"two headers", "", []string{"Bearer " + raw, "Bearer " + raw}, 400, `Bearer error="invalid_request"`},
		{"in the URL", "?access_token=" + raw, nil, 400, `Bearer error="invalid_request"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			res := w.get(t, test.query, test.authorization...)
			if res.Status != test.status || !strings.HasPrefix(res.Header.Get(wire.HeaderChallenge), test.challenge) {
				t.Fatalf("%d %q, want %d %q: %s", res.Status, res.Header.Get(wire.HeaderChallenge), test.status, test.challenge, res.Body)
			}
			if test.challenge == "Bearer" && strings.Contains(res.Header.Get(wire.HeaderChallenge), "error") {
				t.Errorf("challenge %q names an error, and no token came", res.Header.Get(wire.HeaderChallenge))
			}
			if test.status != http.StatusOK {
				if p := res.Problem(t); p.Code.Status() != test.status || p.Detail == "" || res.Header.Get("Content-Type") != wire.TypeProblem {
					t.Errorf("problem %+v", p)
				}
			} else if len(res.Body) == 0 {
				t.Error("the handler does not know the user")
			}
		})
	}
}

func TestExpiry(t *testing.T) {
	w := newWorld(t)
	raw := w.accessToken(t)
	w.Clock.Advance(5*time.Minute + 29*time.Second)
	if got := w.status(t, raw); got != http.StatusOK {
		t.Errorf("within the leeway: %d", got)
	}
	w.Clock.Advance(time.Second)
	res := w.get(t, "", "Bearer "+raw)
	if res.Status != http.StatusUnauthorized || !strings.Contains(res.Problem(t).Detail, "expired") {
		t.Errorf("after it: %d %s", res.Status, res.Body)
	}
}

// What the client of the issuer does is what the client of this server needs: the
// challenge makes it refresh.
func TestRefreshHelps(t *testing.T) {
	w := newWorld(t)
	b := w.Browser(t)
	b.Login(servertest.Email, servertest.Password)
	w.Clock.Advance(10 * time.Minute)
	if got := w.status(t, b.AccessToken); got != http.StatusUnauthorized {
		t.Fatalf("expired: %d", got)
	}
	b.Refresh()
	if got := w.status(t, b.AccessToken); got != http.StatusOK {
		t.Errorf("refreshed: %d", got)
	}
}
