package server_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// presents is a refresh with that cookie header and no access token.
func presents(b *servertest.Browser, cookie string) *http.Request {
	c := b.Copy()
	c.AccessToken, c.Cookie = "", cookie
	return c.RefreshRequest()
}

func maxAge(t *testing.T, res servertest.Response) int {
	t.Helper()
	found := regexp.MustCompile(`Max-Age=(\d+)`).FindStringSubmatch(res.Header.Get("Set-Cookie"))
	if found == nil {
		t.Fatalf("no Max-Age in %q", res.Header.Get("Set-Cookie"))
	}
	seconds, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return seconds
}

func TestS10Refresh(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	session := claimsOf(t, s, b).SessionID
	for i := range 5 {
		before := *b
		s.Clock.Advance(time.Minute)
		wantStatus(t, b.Refresh(), http.StatusOK)
		if b.AccessToken == before.AccessToken || b.Cookie == before.Cookie {
			t.Errorf("refresh %d: a token stayed the same", i)
		}
		claims := claimsOf(t, s, b)
		if claims.SessionID != session || claims.Generation != int64(i+1) {
			t.Errorf("refresh %d: session %s generation %d, want session %s", i, claims.SessionID, claims.Generation, session)
		}
	}
	sessions, err := s.Store.Sessions(t.Context(), claimsOf(t, s, b).UserID, s.Clock.Now())
	if err != nil || len(sessions) != 1 {
		t.Errorf("%d sessions, error %v; want one", len(sessions), err)
	}
}

// claimsOf has the server itself read the browser's access token.
func claimsOf(t *testing.T, s *servertest.Server, b *servertest.Browser) (claims server.Claims) {
	t.Helper()
	seen := false
	handler := s.Auth.Protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		claims, seen = server.ClaimsFromContext(r.Context())
	}))
	req := header{"Authorization": b.TokenType + " " + b.AccessToken}.on(b.Request(http.MethodGet, "/", nil))
	if b.Key != nil {
		b.Prove(req, nil)
	}
	handler.ServeHTTP(discard{}, req)
	if !seen {
		t.Fatal("the access token is not accepted")
	}
	return claims
}

// discard is a ResponseWriter for answers that nobody reads.
type discard struct{}

func (discard) Header() http.Header         { return make(http.Header) }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

func TestS16DamagedTokens(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	name, token, _ := strings.Cut(b.Cookie, "=")
	t.Run("any bit flipped", func(t *testing.T) {
		for i := range len(token) * 8 {
			damaged := []byte(token)
			damaged[i/8] ^= 1 << (i % 8)
			if c := damaged[i/8]; c < ' ' || c == 0x7f {
				continue // no client can put this into a header
			}
			res := b.Do(presents(b, name+"="+string(damaged)))
			wantRefusal(t, res, wire.RefreshMalformed)
			wantChallenge(t, res, "invalid_token")
		}
	})
	t.Run("of another deployment", func(t *testing.T) {
		stranger := signedIn(t, start(t))
		wantRefusal(t, b.Do(presents(b, stranger.Cookie)), wire.RefreshMalformed)
	})
	t.Run("of another issuer with the same secret", func(t *testing.T) {
		other := servertest.New(t, servertest.Options{Dir: s.Dir, Configure: func(c *server.Config) { c.Issuer = "https://other.example" }})
		wantRefusal(t, b.Do(presents(b, signedIn(t, other).Cookie)), wire.RefreshMalformed)
	})
	t.Run("the session lives", func(t *testing.T) { wantStatus(t, b.Refresh(), http.StatusOK) })
}

func TestS17Lifetimes(t *testing.T) {
	const day = 24 * time.Hour
	t.Run("idle", func(t *testing.T) {
		s := start(t)
		b := signedIn(t, s)
		s.Clock.Advance(30*day - time.Second)
		wantStatus(t, b.Refresh(), http.StatusOK)
		s.Clock.Advance(30 * day)
		wantRefusal(t, b.Refresh(), wire.SessionExpired)
	})
	t.Run("absolute", func(t *testing.T) {
		s := start(t)
		b := signedIn(t, s)
		for _, want := range []time.Duration{30 * day, 30 * day, 30 * day, 10 * day} {
			s.Clock.Advance(20 * day)
			res := b.Refresh()
			wantStatus(t, res, http.StatusOK)
			if got := maxAge(t, res); got != int(want.Seconds()) {
				t.Errorf("Max-Age %d, want %v", got, want)
			}
		}
		s.Clock.Advance(10 * day)
		wantRefusal(t, b.Refresh(), wire.SessionExpired)
	})
}

func TestS18AccessTokenOfSomebodyElse(t *testing.T) {
	s := start(t)
	if _, err := s.Accounts.Add(t.Context(), account.NewUser{Email: "b@example.com", Password: servertest.Password}); err != nil {
		t.Fatal(err)
	}
	a, other := signedIn(t, s), s.Browser(t)
	wantStatus(t, other.Login("b@example.com", servertest.Password), http.StatusCreated)
	for _, row := range []struct {
		name, authorization string
		want                wire.Code
	}{
		{"of another user", "Bearer " + other.AccessToken, wire.AccountSwitched},
		{"of another user, DPoP", "DPoP " + other.AccessToken, wire.AccountSwitched},
		{"garbage", "Bearer garbage", wire.InvalidToken},
		{"nothing behind the scheme", "Bearer", wire.InvalidToken},
	} {
		t.Run(row.name, func(t *testing.T) {
			res := a.Do(header{"Authorization": row.authorization}.on(a.RefreshRequest()))
			wantRefusal(t, res, row.want)
		})
	}
	t.Run("two headers", func(t *testing.T) {
		req := a.RefreshRequest()
		req.Header.Add("Authorization", "Bearer "+a.AccessToken)
		wantRefusal(t, a.Do(req), wire.InvalidRequest)
	})
	t.Run("another scheme counts as absent", func(t *testing.T) {
		b := signedIn(t, s)
		wantStatus(t, b.Do(header{"Authorization": "Basic eDp5"}.on(b.RefreshRequest())), http.StatusOK)
	})
	if got := claimsOf(t, s, a).Generation; got != 0 {
		t.Errorf("generation %d, want no rotation", got)
	}
	wantStatus(t, a.Refresh(), http.StatusOK)
}

func TestS19WhichCookie(t *testing.T) {
	s := start(t)
	name := "__Host-Http-refresh_token="
	one, two, gone := signedIn(t, s), signedIn(t, s), signedIn(t, s)
	older := one.Cookie
	wantStatus(t, one.Refresh(), http.StatusOK)
	ended := gone.Cookie
	wantStatus(t, gone.Logout(), http.StatusNoContent)
	for _, row := range []struct {
		name, cookie string
		want         wire.Code // empty: 200
	}{
		{"none", "", wire.RefreshMissing},
		{"empty", name, wire.RefreshMissing},
		{"of another profile", "refresh_token=" + strings.TrimPrefix(two.Cookie, name), wire.RefreshMissing},
		{"two live sessions", one.Cookie + "; " + two.Cookie, wire.AmbiguousCookie},
		{"garbage alone", name + "garbage", wire.RefreshMalformed},
		{"garbage twice", name + "garbage; " + name + "more", wire.RefreshMalformed},
		{"garbage and a live one", name + "garbage; " + one.Cookie, ""},
		{"no blank behind the semicolon", "theme=dark;" + two.Cookie + ";lang=en", ""},
		{"an ended one alone", ended, wire.SessionRevoked},
	} {
		t.Run(row.name, func(t *testing.T) {
			res := one.Do(presents(one, row.cookie))
			if row.want == "" {
				wantStatus(t, res, http.StatusOK)
				return
			}
			wantRefusal(t, res, row.want)
			if row.want == wire.RefreshMissing {
				wantChallenge(t, res, "")
			}
		})
	}
	t.Run("one live, one ended", func(t *testing.T) {
		res := two.Do(presents(two, ended+"; "+two.Cookie))
		wantStatus(t, res, http.StatusOK)
	})
	t.Run("two of one session: the newer", func(t *testing.T) {
		res := one.Do(presents(one, older+"; "+one.Cookie))
		wantStatus(t, res, http.StatusOK)
		if cookie, _, _ := strings.Cut(res.Header.Get("Set-Cookie"), ";"); cookie == one.Cookie {
			t.Error("the older one was used")
		}
	})
}

// Row 14 while a deployment changes its cookie: both names come with tokens of one
// session, in any order, because an answer was lost. The newer token counts.
func TestS19TwoNamesOfOneSession(t *testing.T) {
	const now, before = "refresh_token=", "__Host-Http-refresh_token="
	s := start(t, func(c *server.Config) {
		c.HTTP.Cookie = server.CookieConfig{Profile: server.CookiePlain, Previous: server.CookieHost}
	})
	b := signedIn(t, s)
	token := func() string { return strings.TrimPrefix(b.Cookie, now) }
	for _, row := range []struct {
		name   string
		cookie func(older, newer string) string
	}{
		{"the newer one has the new name", func(older, newer string) string { return now + newer + "; " + before + older }},
		{"the newer one has the old name", func(older, newer string) string { return now + older + "; " + before + newer }},
		{"the old name comes first", func(older, newer string) string { return before + older + "; " + now + newer }},
	} {
		t.Run(row.name, func(t *testing.T) {
			older := token()
			wantStatus(t, b.Refresh(), http.StatusOK)
			generation := claimsOf(t, s, b).Generation
			s.Clock.Advance(time.Hour) // the older one alone would be taken for a thief's
			b.AccessToken = ""
			b.Cookie = row.cookie(older, token())
			res := b.Refresh()
			wantStatus(t, res, http.StatusOK)
			if got := claimsOf(t, s, b).Generation; got != generation+1 {
				t.Errorf("generation %d, want %d", got, generation+1)
			}
			if set := res.Header.Values("Set-Cookie"); len(set) != 2 || !strings.HasPrefix(set[0], before+";") {
				t.Errorf("Set-Cookie %q, want the old name deleted first", set)
			}
		})
	}
}

func TestS21DatabaseStopped(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for name, res := range map[string]servertest.Response{
		"refresh": b.Refresh(),
		"login":   b.Login(servertest.Email, servertest.Password),
		"logout":  b.Logout(),
		"me":      b.Get(pathMe),
	} {
		t.Run(name, func(t *testing.T) { wantRefusal(t, res, wire.TemporarilyUnavailable) })
	}
	t.Run("readiness", func(t *testing.T) {
		wantStatus(t, b.Do(b.Request(http.MethodGet, wire.PathReady, nil)), http.StatusServiceUnavailable)
		wantStatus(t, b.Do(b.Request(http.MethodGet, wire.PathHealth, nil)), http.StatusOK)
	})
	t.Run("afterwards the same cookie works", func(t *testing.T) {
		again := servertest.New(t, servertest.Options{Dir: s.Dir}).Browser(t)
		again.AccessToken, again.Cookie = b.AccessToken, b.Cookie
		wantStatus(t, again.Refresh(), http.StatusOK)
	})
}
