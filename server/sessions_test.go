package server_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

const pathSessions = wire.DefaultPrefix + wire.PathSessions

// sessionsOf is the browser's list of sessions.
func sessionsOf(t *testing.T, b *servertest.Browser) []wire.Session {
	t.Helper()
	res := b.Get(pathSessions)
	wantStatus(t, res, http.StatusOK)
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q, want no-store", got)
	}
	var list wire.Sessions
	res.JSON(t, &list)
	return list.Sessions
}

// another adds a user and signs that one in.
func another(t *testing.T, s *servertest.Server) *servertest.Browser {
	t.Helper()
	err := s.Accounts.Ensure(t.Context(), account.NewUser{Email: "ada@example.com", Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	b := s.Browser(t)
	wantStatus(t, b.Login("ada@example.com", "correct horse"), http.StatusCreated)
	return b
}

func TestS23List(t *testing.T) {
	s := start(t)
	another(t, s)
	phone := signedIn(t, s)
	signedInAt := s.Clock.Now()
	s.Clock.Advance(time.Minute)
	laptop := s.Browser(t)
	req := loginRequest(laptop, `{"email":"user@example.com","password":"pa55w0rd"}`)
	wantStatus(t, laptop.Do(header{"User-Agent": "<b>Laptop</b>"}.on(req)), http.StatusCreated)
	s.Clock.Advance(time.Minute)
	wantStatus(t, phone.Refresh(), http.StatusOK)
	wantStatus(t, signedIn(t, s).Logout(), http.StatusNoContent)

	list := sessionsOf(t, phone)
	if len(list) != 2 {
		t.Fatalf("%d sessions, want the two that live: %+v", len(list), list)
	}
	at := func(d time.Duration) string { return signedInAt.Add(d).Format(time.RFC3339) }
	current := wire.Session{
		ID: claimsOf(t, s, phone).SessionID, CreatedAt: at(0), LastUsedAt: at(2 * time.Minute),
		UserAgent: "Go-http-client/1.1", Address: "127.0.0.1", Current: true,
	}
	if list[1] != current {
		t.Errorf("the session that asks is %+v, want %+v", list[1], current)
	}
	other := wire.Session{
		ID: list[0].ID, CreatedAt: at(time.Minute), LastUsedAt: at(time.Minute), UserAgent: "<b>Laptop</b>", Address: "127.0.0.1",
	}
	if list[0] != other || other.ID == current.ID {
		t.Errorf("the newer session is %+v, want %+v", list[0], other)
	}
}

func TestS23NoTokenMaterial(t *testing.T) {
	s := start(t)
	b := signedIn(t, s)
	wantStatus(t, b.Refresh(), http.StatusOK)
	rec, _, err := s.Store.Session(t.Context(), claimsOf(t, s, b).SessionID)
	if err != nil {
		t.Fatal(err)
	}
	res := b.Get(pathSessions)
	var list struct{ Sessions []map[string]any }
	res.JSON(t, &list)
	want := []string{"address", "created_at", "current", "id", "last_used_at", "user_agent"}
	if got := slices.Sorted(maps.Keys(list.Sessions[0])); !slices.Equal(got, want) {
		t.Errorf("fields %q, want %q", got, want)
	}
	for _, secret := range []string{rec.Nonce, rec.PreviousNonce} {
		if secret == "" || strings.Contains(string(res.Body), secret) {
			t.Errorf("the nonce %q is in the list, or is none: %s", secret, res.Body)
		}
	}
}

func TestS23EndOne(t *testing.T) {
	s := start(t)
	phone, laptop, ada := signedIn(t, s), signedIn(t, s), another(t, s)
	id := func(b *servertest.Browser) string { return pathSessions + "/" + claimsOf(t, s, b).SessionID }
	laptopID, phoneID, adaID := id(laptop), id(phone), id(ada)

	for name, path := range map[string]string{
		"somebody else's": adaID,
		"unknown":         pathSessions + "/nothing",
		"the empty one":   pathSessions + "/",
		"one with SQL":    pathSessions + "/'%20OR%201=1%20--",
		"one with a path": laptopID + "/more",
	} {
		t.Run(name, func(t *testing.T) {
			p := wantRefusal(t, phone.Delete(path), wire.NotFound)
			if hint := "GET " + pathSessions + " lists"; name == "unknown" && !strings.Contains(p.Detail, hint) {
				t.Errorf("detail %q, want one that says %q", p.Detail, hint)
			}
		})
	}
	wantStatus(t, ada.Refresh(), http.StatusOK)
	for range 2 { // ending what has ended is no error
		res := phone.Delete(laptopID)
		wantStatus(t, res, http.StatusNoContent)
		if got := res.Header.Values("Set-Cookie"); got != nil {
			t.Errorf("ending another session touches the cookie: %q", got)
		}
	}
	if p := wantRefusal(t, laptop.Refresh(), wire.SessionRevoked); p.Reason != wire.ReasonLogout {
		t.Errorf("reason %q, want logout", p.Reason)
	}
	wantStatus(t, phone.Refresh(), http.StatusOK)
	wantStatus(t, phone.Delete(phoneID), http.StatusNoContent)
	if phone.Cookie != "" {
		t.Errorf("the browser still has the cookie of the session that it ended: %q", phone.Cookie)
	}
}

func TestS23EndSeveral(t *testing.T) {
	for _, row := range []struct {
		query                 string
		current, others, rest bool // which live afterwards
		refused               wire.Code
	}{
		{query: "", current: true, rest: true},
		{query: "?scope=all", rest: true},
		{query: "?scope=everything", current: true, others: true, rest: true, refused: wire.InvalidRequest},
		{query: "?scope=", current: true, others: true, rest: true, refused: wire.InvalidRequest},
		{query: "?scope=all;scope=others", current: true, others: true, rest: true, refused: wire.InvalidRequest},
		{query: "?scope=all%", current: true, others: true, rest: true, refused: wire.InvalidRequest},
		{query: "?scope=all&scope=others", current: true, others: true, rest: true, refused: wire.InvalidRequest},
	} {
		t.Run("DELETE "+row.query, func(t *testing.T) {
			s := start(t)
			b, other, third, ada := signedIn(t, s), signedIn(t, s), signedIn(t, s), another(t, s)
			before := b.Copy()
			res := b.Delete(pathSessions + row.query)
			if row.refused != "" {
				wantRefusal(t, res, row.refused)
			} else {
				wantStatus(t, res, http.StatusNoContent)
			}
			if got := b.Cookie != ""; got != row.current {
				t.Errorf("the browser has its cookie: %v, want %v", got, row.current)
			}
			for _, session := range []struct {
				name    string
				browser *servertest.Browser
				live    bool
			}{{"current", before, row.current}, {"other", other, row.others}, {"third", third, row.others}, {"ada's", ada, row.rest}} {
				if res := session.browser.Refresh(); (res.Status == http.StatusOK) != session.live {
					t.Errorf("%s session: status %d, want it live: %v", session.name, res.Status, session.live)
				}
			}
		})
	}
}

// Another tab has signed in as somebody else: the cookie is that one's.
func TestEndingASessionLeavesTheCookieOfALiveOne(t *testing.T) {
	s := start(t)
	b, ada := signedIn(t, s), another(t, s)
	b.Cookie = ada.Cookie
	res := b.Delete(pathSessions + "?scope=all")
	wantStatus(t, res, http.StatusNoContent)
	if got := res.Header.Values("Set-Cookie"); got != nil {
		t.Errorf("Set-Cookie %q", got)
	}
	wantStatus(t, ada.Refresh(), http.StatusOK)
}

// sessionRoutes are those that need a live session.
func sessionRoutes(b *servertest.Browser) map[string]func() *http.Request {
	return map[string]func() *http.Request{
		"list":       func() *http.Request { return b.Request(http.MethodGet, pathSessions, nil) },
		"end one":    func() *http.Request { return b.Request(http.MethodDelete, pathSessions+"/some", nil) },
		"end others": func() *http.Request { return b.Request(http.MethodDelete, pathSessions, nil) },
		"end all":    func() *http.Request { return b.Request(http.MethodDelete, pathSessions+"?scope=all", nil) },
	}
}

func TestS23NeedsTheAccessTokenOfALiveSession(t *testing.T) {
	s := start(t)
	b, witness := signedIn(t, s), signedIn(t, s)
	ended := signedIn(t, s)
	token := ended.AccessToken
	wantStatus(t, ended.Logout(), http.StatusNoContent)
	for name, request := range sessionRoutes(b) {
		t.Run(name, func(t *testing.T) {
			res := b.Do(header{"X-Auth-Fetch": "1"}.on(request()))
			wantRefusal(t, res, wire.InvalidToken) // the cookie is no credential here
			wantChallenge(t, res, "")
			res = b.Do(header{"Authorization": "Bearer garbage"}.on(request()))
			wantRefusal(t, res, wire.InvalidToken)
			wantChallenge(t, res, "invalid_token")
			res = b.Do(header{"Authorization": "Bearer " + token}.on(request()))
			wantRefusal(t, res, wire.SessionRevoked)
			wantChallenge(t, res, "invalid_token")
		})
	}
	wantStatus(t, witness.Refresh(), http.StatusOK)
}

func TestEndSessions(t *testing.T) {
	var heard []server.Event
	s := start(t, func(c *server.Config) {
		c.Observer = observe(func(e server.Event) {
			if e.Type == server.EventSessionsEnded {
				heard = append(heard, e)
			}
		})
	})
	b, other, third := signedIn(t, s), signedIn(t, s), signedIn(t, s)
	claims := claimsOf(t, s, b)
	count, err := s.Auth.EndSessions(t.Context(), claims.UserID, claims.SessionID, wire.ReasonPasswordChange)
	if err != nil || count != 2 {
		t.Fatalf("%d sessions, error %v; want 2", count, err)
	}
	wantStatus(t, b.Refresh(), http.StatusOK)
	for _, b := range []*servertest.Browser{other, third} {
		if p := wantRefusal(t, b.Refresh(), wire.SessionRevoked); p.Reason != wire.ReasonPasswordChange {
			t.Errorf("reason %q, want password_change", p.Reason)
		}
	}
	if len(heard) != 1 || heard[0].Sessions != 2 || heard[0].UserID != claims.UserID || heard[0].Reason != wire.ReasonPasswordChange || heard[0].Time.IsZero() {
		t.Errorf("events %+v, want one about two sessions of %s", heard, claims.UserID)
	}
	if count, err := s.Auth.EndSessions(t.Context(), claims.UserID, "", wire.ReasonDisabled); err != nil || count != 1 {
		t.Errorf("without exception: %d sessions, error %v; want the last one", count, err)
	}
	t.Run("no user", func(t *testing.T) {
		if _, err := s.Auth.EndSessions(t.Context(), "", "", wire.ReasonAdmin); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a reason that no client knows", func(t *testing.T) {
		if _, err := s.Auth.EndSessions(t.Context(), claims.UserID, "", "bored"); err == nil {
			t.Error("no error")
		}
	})
	t.Run("store down", func(t *testing.T) {
		if err := s.Store.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Auth.EndSessions(t.Context(), claims.UserID, "", wire.ReasonAdmin); !isUnavailable(err) {
			t.Errorf("error %v, want ErrUnavailable", err)
		}
	})
}
