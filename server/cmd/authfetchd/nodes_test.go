package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/dpop/dpoptest"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
	"github.com/authfetch/authfetch/server/wire"
)

// nodes are three programs on one database, whose clocks the test moves.
type nodes struct {
	site
	urls []string
}

func newNodes(t *testing.T, args ...string) nodes {
	t.Helper()
	args = append(args, "--issuer", issuer)
	n := nodes{site: engine(newPostgres).newSite(t, args...)}
	n.urls = []string{n.url, n.node(args...).url, n.node(args...).url}
	return n
}

// at is the same browser at another node.
func (n nodes) at(i int, b *servertest.Browser) *servertest.Browser {
	n.t.Helper()
	moved := servertest.NewBrowser(n.t, n.urls[i])
	moved.AccessToken, moved.TokenType, moved.Cookie = b.AccessToken, b.TokenType, b.Cookie
	moved.Key, moved.Nonce = b.Key, b.Nonce
	return moved
}

// Wrong passwords count wherever they are tried, and then no node takes the right one.
func TestNodesThrottleTogether(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	nobody := n.browser()
	for i := range 10 {
		want(t, n.at(i%3, nobody).Login(demoEmail, "wrong password"), http.StatusUnauthorized, wire.InvalidCredentials)
	}
	for i := range n.urls {
		res := n.at(i, nobody).Login(demoEmail, demoPassword)
		want(t, res, http.StatusTooManyRequests, wire.Throttled)
		if res.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	n.advance(15 * time.Minute)
	want(t, n.at(2, nobody).Login(demoEmail, demoPassword), http.StatusCreated, "")
	for i := range n.urls { // which has cleared the count everywhere
		want(t, n.at(i, nobody).Login(demoEmail, "wrong password"), http.StatusUnauthorized, wire.InvalidCredentials)
	}
}

// A proof is good once, on whichever node; a nonce of one is good on all of them.
func TestNodesShareProofs(t *testing.T) {
	t.Parallel()
	const balancer = "http://balancer.example"
	n := newNodes(t, "--dpop-origin", balancer)
	b := n.browser()
	b.Key = dpoptest.NewKey()
	// ask sends a request to a node by way of a balancer, whose address is proved.
	ask := func(i int, method, path string, body []byte) *http.Request {
		t.Helper()
		req := n.at(i, b).Request(method, path, body)
		req.Header.Set("Content-Type", wire.TypeJSON)
		if b.AccessToken != "" {
			req.Header.Set("Authorization", wire.SchemeDPoP+" "+b.AccessToken)
		}
		return b.Prove(req, dpoptest.Claims{"htu": balancer + path})
	}
	login := func(i int) servertest.Response {
		t.Helper()
		body, err := json.Marshal(wire.Credentials{Email: demoEmail, Password: demoPassword})
		if err != nil {
			t.Fatal(err)
		}
		return b.Do(ask(i, http.MethodPost, wire.DefaultPrefix+wire.PathAuth, body))
	}
	want(t, login(0), http.StatusBadRequest, wire.UseDPoPNonce)
	res := login(1) // with the nonce of the first
	want(t, res, http.StatusCreated, "")
	b.AccessToken = tokenOf(t, res)

	for i := range n.urls {
		used := ask(i, http.MethodGet, me, nil)
		want(t, b.Do(used), http.StatusOK, "")
		for j := range n.urls {
			used.URL.Host = strings.TrimPrefix(n.urls[j], "http://")
			want(t, b.Do(used), http.StatusUnauthorized, wire.InvalidDPoPProof)
		}
	}
}

// Keys are new or gone on every node a minute after an operator has said so on one.
func TestNodesFollowKeys(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	b := n.signedIn()
	published := func(i int) (kids []string) {
		t.Helper()
		var set struct{ Keys []struct{ Kid string } }
		n.at(i, b).Get("/.well-known/jwks.json").JSON(t, &set)
		for _, key := range set.Keys {
			kids = append(kids, key.Kid)
		}
		slices.Sort(kids)
		return kids
	}
	wantKeys := func(when string, count int) {
		t.Helper()
		for i := range n.urls {
			if got := published(i); len(got) != count || !slices.Equal(got, published(0)) {
				t.Errorf("%s, node %d publishes %q, want %d as the others", when, i, got, count)
			}
		}
	}
	wantKeys("at first", 1)
	old := published(0)[0]
	n.command("", "key", "rotate", "|")
	n.advance(time.Minute)
	wantKeys("after the rotation", 2)
	n.command("", "key", "revoke", "|", old)
	n.advance(time.Minute)
	wantKeys("after the revocation", 2) // one comes in its place
	if slices.Contains(published(0), old) {
		t.Error("a key is published that was revoked")
	}
	for i := range n.urls {
		want(t, n.at(i, b).Get(me), http.StatusUnauthorized, wire.InvalidToken)
	}
	for i := range n.urls { // signed by the other key now
		b = n.at(i, b)
		b.AccessToken = ""
		want(t, b.Refresh(), http.StatusOK, "")
		want(t, n.at((i+1)%3, b).Get(me), http.StatusOK, "")
	}
}

// What ends a session on one node has ended it on all.
func TestNodesEndSessions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		end    func(t *testing.T, n nodes, b, other *servertest.Browser) // the other's session, on the first node
		reason wire.Reason
	}{
		{"sign-out", func(t *testing.T, n nodes, _, other *servertest.Browser) {
			want(t, n.at(0, other).Logout(), http.StatusNoContent, "")
		}, wire.ReasonLogout},
		{"another password", func(t *testing.T, n nodes, b, _ *servertest.Browser) {
			change := wire.PasswordChange{OldPassword: demoPassword, NewPassword: "another horse"}
			want(t, send(t, n.at(0, b), http.MethodPut, wire.DefaultPrefix+wire.PathPassword, change), http.StatusNoContent, "")
		}, wire.ReasonPasswordChange},
		{"the list of sessions", func(t *testing.T, n nodes, b, other *servertest.Browser) {
			id := claims(t, other.AccessToken)["sid"].(string)
			want(t, n.at(0, b).Delete(wire.DefaultPrefix+wire.PathSessions+"/"+id), http.StatusNoContent, "")
		}, wire.ReasonLogout},
		{"the operator", func(t *testing.T, n nodes, _, other *servertest.Browser) {
			n.command("", "session", "revoke", "|", claims(t, other.AccessToken)["sid"].(string))
		}, wire.ReasonAdmin},
		{"a thief", func(t *testing.T, n nodes, _, other *servertest.Browser) {
			owner := n.at(0, other)
			want(t, owner.Refresh(), http.StatusOK, "")
			want(t, n.at(1, owner).Get(me), http.StatusOK, "")
			n.advance(time.Hour)
			want(t, n.at(2, other).Refresh(), http.StatusUnauthorized, wire.RefreshReused)
		}, wire.ReasonReuse},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			n := newNodes(t)
			b, other := n.signedIn(), n.signedIn()
			row.end(t, n, b, other.Copy())
			for i := range n.urls {
				problem := wantRefused(t, n.at(i, without(other)).Refresh(), wire.SessionRevoked)
				if problem.Reason != row.reason {
					t.Errorf("node %d says %q, want %q", i, problem.Reason, row.reason)
				}
				if row.reason == wire.ReasonReuse {
					continue
				}
				b = n.at(i, b)
				want(t, b.Refresh(), http.StatusOK, "")
			}
		})
	}
}

// All nodes look after the database at once: each old session is removed once, and
// there is one key more each month.
func TestNodesMaintainTogether(t *testing.T) {
	t.Parallel()
	const sessions = 500 // more than one step removes
	clock, log := servertest.NewClock(), &servertest.Log{}
	c := newCluster(t, "", pgtest.Shared(t).Database(t), 0)
	var auths []*server.Auth
	for range 3 {
		auth, err := server.New(server.Config{
			Issuer: clusterIssuer, Store: c.open(t), Secrets: c.secrets, Now: clock.Now,
			Authenticate: func(context.Context, string, string) (server.User, error) {
				return server.User{}, errors.ErrUnsupported
			},
			HTTP: server.HTTPConfig{Logger: slog.New(slog.NewTextHandler(log, nil))},
		})
		if err != nil {
			t.Fatal(err)
		}
		auths = append(auths, auth)
	}
	maintain := func() {
		t.Helper()
		pgtest.SetClock(t, c.database, clock.Now())
		var all sync.WaitGroup
		for _, auth := range auths {
			all.Go(func() {
				if err := auth.Maintain(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	keys := func() int { return query[int](t, c.database, "SELECT count(*) FROM authfetch.signing_keys") }
	maintain()
	if got := keys(); got != 1 {
		t.Errorf("%d keys at first, want 1", got)
	}
	c.begin(t, "user", sessions)
	clock.Advance(38 * 24 * time.Hour) // idle for 30 days, and over for a week
	maintain()
	if got := keys(); got != 2 {
		t.Errorf("%d keys when another one is due, want 2", got)
	}
	if left := query[int](t, c.database, "SELECT count(*) FROM authfetch.sessions"); left != 0 {
		t.Errorf("%d old sessions are left", left)
	}
	removed := 0
	for _, match := range regexp.MustCompile(`msg="old sessions removed" count=(\d+)`).FindAllStringSubmatch(log.String(), -1) {
		count, err := strconv.Atoi(match[1])
		if err != nil {
			t.Fatal(err)
		}
		removed += count
	}
	const times = 10 // of which the nodes will meet in some
	for range times - 1 {
		clock.Advance(31 * 24 * time.Hour)
		maintain()
	}
	if added := regexp.MustCompile(`msg="signing keys maintained" added=\w`).FindAllString(log.String(), -1); len(added) != times {
		t.Errorf("%d keys were added in %d months", len(added), times)
	}
	if removed != sessions {
		t.Errorf("%d sessions were removed, want %d", removed, sessions)
	}
}
