package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// cookies are refresh cookies of every kind, for servers that call themselves
// servertest.Issuer, with how they are set and deleted.
func cookies() []cookieCase {
	return []cookieCase{
		{"host", server.CookieConfig{}, "__Host-Http-refresh_token", "Path=/; HttpOnly; Secure; SameSite=Strict"},
		{"plain", server.CookieConfig{Profile: server.CookiePlain}, "refresh_token", "Path=/api/auth; HttpOnly; Secure; SameSite=Strict"},
		{"cross-site", server.CookieConfig{Profile: server.CookieCrossSite}, "__Host-Http-refresh_token", "Path=/; HttpOnly; Secure; SameSite=None; Partitioned"},
		{"custom, all of it", custom(server.CustomCookie{
			Name: "__Secure-rt", Path: "/api", Domain: "servertest.example", SameSite: http.SameSiteNoneMode, Partitioned: true,
		}), "__Secure-rt", "Path=/api; Domain=servertest.example; HttpOnly; Secure; SameSite=None; Partitioned"},
		{"custom, the name of host", custom(server.CustomCookie{
			Name: "__Host-Http-refresh_token", Path: "/", SameSite: http.SameSiteNoneMode, Partitioned: true,
		}), "__Host-Http-refresh_token", "Path=/; HttpOnly; Secure; SameSite=None; Partitioned"},
		{"custom, the name of plain", custom(server.CustomCookie{Path: "/", SameSite: http.SameSiteLaxMode}), "refresh_token", "Path=/; HttpOnly; Secure; SameSite=Lax"},
		{"custom, the name of plain in a domain", custom(server.CustomCookie{Domain: "servertest.example"}), "refresh_token", "Path=/api/auth; Domain=servertest.example; HttpOnly; Secure; SameSite=Strict"},
	}
}

type cookieCase struct {
	name   string
	config server.CookieConfig
	cookie string // its name
	with   string // its attributes, but for Max-Age
}

// attributes are those of a Set-Cookie, but for Max-Age, and how that was. Their
// order means nothing.
func attributes(set string) (name, value string, rest []string, maxAge string) {
	pair, list, _ := strings.Cut(set, "; ")
	name, value, _ = strings.Cut(pair, "=")
	for attribute := range strings.SplitSeq(list, "; ") {
		if age, found := strings.CutPrefix(attribute, "Max-Age="); found {
			maxAge = age
			continue
		}
		rest = append(rest, attribute)
	}
	slices.Sort(rest)
	return name, value, rest, maxAge
}

func (c cookieCase) want(t *testing.T, what, set string, deleted bool) {
	t.Helper()
	name, value, rest, maxAge := attributes(set)
	_, _, want, _ := attributes("x; " + c.with)
	if name != c.cookie || !slices.Equal(rest, want) || (value == "") != deleted || (maxAge == "0") != deleted {
		t.Errorf("%s: Set-Cookie %q; want %s with %s, deleted %v", what, set, c.cookie, c.with, deleted)
	}
}

func TestS1CookieOfEachProfile(t *testing.T) {
	for _, row := range cookies() {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, func(c *server.Config) { c.HTTP.Cookie = row.config })
			b := s.Browser(t)
			for _, step := range []struct {
				name    string
				do      func() servertest.Response
				deleted bool
			}{
				{"login", func() servertest.Response { return b.Login(servertest.Email, servertest.Password) }, false},
				{"refresh", b.Refresh, false},
				{"logout", b.Logout, true},
			} {
				set := step.do().Header.Values("Set-Cookie")
				if len(set) != 1 {
					t.Fatalf("%s: %d cookies, want one: %q", step.name, len(set), set)
				}
				row.want(t, step.name, set[0], step.deleted)
			}
		})
	}
}

// TestChangeOfProfile takes a browser from a deployment with one profile to the
// same deployment with another one.
func TestChangeOfProfile(t *testing.T) {
	for _, old := range cookies() {
		for _, next := range cookies() {
			config := next.config
			if config.Previous = old.config.Profile; config.Previous == "" {
				config.Previous = server.CookieHost
			}
			if config.Profile == server.CookieCustom && config.Previous == server.CookieCustom {
				continue // there is room for one custom cookie
			}
			if config.Custom == (server.CustomCookie{}) {
				config.Custom = old.config.Custom
			}
			if old.cookie == next.cookie && sameKey(old.with) == sameKey(next.with) {
				continue // a browser takes them for one, see TestCookieConfig
			}
			t.Run(old.name+" to "+next.name, func(t *testing.T) {
				before := start(t, func(c *server.Config) { c.HTTP.Cookie = old.config })
				after := servertest.New(t, servertest.Options{Dir: before.Dir, Configure: func(c *server.Config) { c.HTTP.Cookie = config }})
				t.Run("refresh", func(t *testing.T) { refreshAcross(t, signedIn(t, before).At(after), old, next) })
				t.Run("logout", func(t *testing.T) { logoutAcross(t, signedIn(t, before).At(after), old, next) })
				t.Run("login", func(t *testing.T) { loginAcross(t, signedIn(t, before).At(after), old, next) })
			})
		}
	}
}

// sameKey is what tells cookies of one name apart.
func sameKey(attributes string) string {
	var key []string
	for attribute := range strings.SplitSeq(attributes, "; ") {
		if strings.HasPrefix(attribute, "Path=") || strings.HasPrefix(attribute, "Domain=") || attribute == "Partitioned" {
			key = append(key, attribute)
		}
	}
	return strings.Join(key, "; ")
}

func refreshAcross(t *testing.T, b *servertest.Browser, old, next cookieCase) {
	// What is refused leaves both cookies alone; wantRefusal looks at that.
	wantRefusal(t, b.Do(header{"Authorization": "Bearer garbage"}.on(b.RefreshRequest())), wire.InvalidToken)
	otherTab := b.Copy()
	res := b.Refresh()
	wantReplaced(t, res, old, next)
	if pairs := strings.Split(b.Cookie, "; "); len(pairs) != 1 || !strings.HasPrefix(b.Cookie, next.cookie+"=") {
		t.Fatalf("the browser has %q, want %s alone", b.Cookie, next.cookie)
	}
	// The other tab had its request under way, with the old cookie.
	wantReplaced(t, otherTab.Refresh(), old, next)
	wantStatus(t, b.Refresh(), http.StatusOK)
	wantStatus(t, b.Get(pathMe), http.StatusOK)
}

func wantReplaced(t *testing.T, res servertest.Response, old, next cookieCase) {
	t.Helper()
	wantStatus(t, res, http.StatusOK)
	set := res.Header.Values("Set-Cookie")
	if len(set) != 2 {
		t.Fatalf("Set-Cookie %q, want the old cookie deleted and the new one set", set)
	}
	old.want(t, "the old cookie", set[0], true)
	next.want(t, "the new cookie", set[1], false)
}

func logoutAcross(t *testing.T, b *servertest.Browser, old, next cookieCase) {
	b.AccessToken = "" // the cookie alone says who
	before := b.Copy()
	res := b.Logout()
	wantStatus(t, res, http.StatusNoContent)
	set := res.Header.Values("Set-Cookie")
	if len(set) != 2 || b.Cookie != "" {
		t.Fatalf("Set-Cookie %q leaves %q, want both cookies deleted", set, b.Cookie)
	}
	old.want(t, "the old cookie", set[0], true)
	next.want(t, "the new cookie", set[1], true)
	wantRefusal(t, before.Refresh(), wire.SessionRevoked)
}

func loginAcross(t *testing.T, b *servertest.Browser, old, next cookieCase) {
	before := b.Copy()
	res := b.Login(servertest.Email, servertest.Password)
	wantStatus(t, res, http.StatusCreated)
	if set := res.Header.Values("Set-Cookie"); len(set) != 2 {
		t.Fatalf("Set-Cookie %q, want the old cookie deleted and the new one set", set)
	}
	if p := wantRefusal(t, before.Refresh(), wire.SessionRevoked); p.Reason != wire.ReasonReplaced {
		t.Errorf("reason %q, want replaced", p.Reason)
	}
	wantStatus(t, b.Refresh(), http.StatusOK)
}

// Only while a deployment changes is the other profile's cookie anything to it.
func TestCookieOfAnotherProfileIsNotRead(t *testing.T) {
	before := start(t)
	after := servertest.New(t, servertest.Options{Dir: before.Dir, Configure: func(c *server.Config) { c.HTTP.Cookie.Profile = server.CookiePlain }})
	wantRefusal(t, signedIn(t, before).At(after).Refresh(), wire.RefreshMissing)
}

// Row 14 with two names: both cookies came, because the answer that would have
// deleted the old one was lost.
func TestBothCookiesCome(t *testing.T) {
	s := start(t, func(c *server.Config) {
		c.HTTP.Cookie = server.CookieConfig{Profile: server.CookiePlain, Previous: server.CookieHost}
	})
	one, two := signedIn(t, s), signedIn(t, s)
	plain, host := two.Cookie, "__Host-Http-"+one.Cookie
	wantRefusal(t, one.Do(presents(one, plain+"; "+host)), wire.AmbiguousCookie)
	wantStatus(t, one.Logout(), http.StatusNoContent)
	res := two.Do(presents(two, plain+"; "+host)) // the other's session is over
	wantStatus(t, res, http.StatusOK)
	if got := res.Header.Values("Set-Cookie"); len(got) != 2 || !strings.HasPrefix(got[0], "__Host-Http-refresh_token=;") {
		t.Errorf("Set-Cookie %q, want the old cookie deleted first", got)
	}
}
