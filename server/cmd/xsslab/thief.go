package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// The ways in which another machine uses what it has got.
const (
	howBearer  = "as Bearer"
	howAlone   = "as DPoP, without a proof"
	howProof   = "with a proof from the page"
	howRefresh = "at the refresh endpoint"
	howSignIn  = "to sign in"
)

// thief is another machine: it has the loot, and no cookie, no key and no page of
// the victim's.
type thief struct {
	ctx    context.Context
	client *http.Client
	ledger *ledger
	ttl    time.Duration
	every  time.Duration // between two tries
}

func newThief(ctx context.Context, l *ledger, ttl time.Duration) *thief {
	return &thief{
		ctx: ctx, client: &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second},
		ledger: l, ttl: ttl, every: min(time.Second, ttl/10),
	}
}

// try uses what is new, until it is refused.
func (t *thief) try(room *room, id string, fresh []*loot) {
	for _, found := range fresh {
		go func() {
			switch found.Kind {
			case kindAccess:
				t.call(room, id, found)
			case kindRefresh:
				t.live(room, found)
			case kindPassword:
				t.signIn(room, found)
			}
			t.ledger.change(func() { found.Tried = true })
		}()
	}
}

// reply is what the victim's server says.
type reply struct {
	status          int
	code            string // of a refusal
	access, refresh string // tokens
}

func (r reply) ok() bool { return r.status < 300 }

// call uses an access token. A bound one is tried without its key first, in both
// ways there are; then with the proofs that came along, one after the other.
func (t *thief) call(room *room, id string, found *loot) {
	schemes := []struct{ how, scheme string }{{howBearer, wire.SchemeBearer}}
	if found.Bound {
		schemes = append(schemes, struct{ how, scheme string }{howAlone, schemeDPoP})
	}
	for _, s := range schemes {
		t.repeat(found, s.how, t.every, func() (reply, bool) {
			return t.me(room, s.scheme, found.secret, ""), true
		})
	}
	if found.Bound {
		t.callWithProofs(room, id, found)
	}
}

// callWithProofs spreads the proofs over time, to see for how long they are good.
func (t *thief) callWithProofs(room *room, id string, found *loot) {
	used := map[string]bool{}
	next := func() (proof string) {
		t.ledger.mu.Lock()
		defer t.ledger.mu.Unlock()
		for _, a := range t.ledger.attacks {
			for _, l := range a.Loot {
				if a.ID == id && l.Kind == kindProof && l.claims.Hash == athOf(found.secret) && !used[l.secret] {
					used[l.secret] = true
					return l.secret
				}
			}
		}
		return ""
	}
	t.repeat(found, howProof, t.every, func() (reply, bool) {
		proof := next()
		if proof == "" {
			return reply{}, false
		}
		return t.me(room, schemeDPoP, found.secret, proof), true
	})
}

// live uses a refresh token as its owner would: a new one each time, just before
// the access token ends, and a call with what came, so that the server has seen it.
func (t *thief) live(room *room, found *loot) {
	token := found.secret
	t.repeat(found, howRefresh, t.ttl-2*t.every, func() (reply, bool) {
		got := t.refresh(room, token)
		if got.ok() {
			token = got.refresh
			_ = t.me(room, wire.SchemeBearer, got.access, "")
		}
		return got, true
	})
}

func (t *thief) signIn(room *room, found *loot) {
	once := true
	t.repeat(found, howSignIn, 0, func() (reply, bool) {
		if !once {
			return reply{}, false
		}
		once = false
		body, _ := json.Marshal(wire.Credentials{Email: found.email, Password: found.secret}) // strings always can be
		return t.send(room, http.MethodPost, wire.PathAuth, string(body), nil), true
	})
}

// repeat tries until it is refused, there is nothing left to try, or the lab ends;
// and no longer than ten lives of a token.
func (t *thief) repeat(found *loot, how string, every time.Duration, use func() (reply, bool)) {
	trial := &trial{How: how}
	t.ledger.change(func() { found.Trials = append(found.Trials, trial) })
	defer t.ledger.change(func() { trial.Over = true })
	for end := time.Now().Add(10 * t.ttl); time.Now().Before(end); {
		got, tried := use()
		if !tried || got.status == 0 {
			return
		}
		now := time.Now()
		t.ledger.change(func() {
			trial.Status, trial.Code = got.status, got.code
			if got.ok() {
				trial.Accepted++
				trial.Last = &now
				found.Tried = true
			} else {
				trial.Refused = &now
			}
		})
		if !got.ok() {
			return
		}
		select {
		case <-time.After(every):
		case <-t.ctx.Done():
			return
		}
	}
}

// me calls the API.
func (t *thief) me(room *room, scheme, token, proof string) reply {
	return t.send(room, http.MethodGet, wire.PathMe, "", func(h http.Header) {
		h.Set(wire.HeaderAuthorization, scheme+" "+token)
		if proof != "" {
			h.Set(headerDPoP, proof)
		}
	})
}

// refresh presents a refresh token in the body and in the cookie: the room takes
// the one that it knows.
func (t *thief) refresh(room *room, token string) reply {
	return t.send(room, http.MethodPost, wire.PathRefresh, `{"refresh_token":"`+token+`"}`, func(h http.Header) {
		h.Set("Cookie", room.names().refresh+"="+token)
		h.Set(wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
	})
}

// send sends a request, and reads what matters of the answer: tokens, in the body
// or in cookies, or the code of a refusal. A status of 0 says that none came.
func (t *thief) send(room *room, method, path, body string, with func(http.Header)) reply {
	req, err := http.NewRequestWithContext(t.ctx, method, room.url+strings.TrimPrefix(wire.DefaultPrefix, "/")+path, strings.NewReader(body))
	if err != nil {
		return reply{}
	}
	req.Header.Set("User-Agent", "another machine")
	req.Header.Set("Content-Type", wire.TypeJSON)
	if with != nil {
		with(req.Header)
	}
	res, err := t.client.Do(req)
	if err != nil {
		return reply{}
	}
	defer func() { _ = res.Body.Close() }() // it has been read
	var said struct {
		Code         string
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	content, _ := io.ReadAll(io.LimitReader(res.Body, maxLoot)) // half an answer says nothing
	_ = json.Unmarshal(content, &said)
	got := reply{status: res.StatusCode, code: said.Code, access: said.AccessToken, refresh: said.RefreshToken}
	for _, cookie := range res.Cookies() {
		switch cookie.Name {
		case room.names().access:
			got.access = cookie.Value
		case room.names().refresh:
			got.refresh = cookie.Value
		}
	}
	return got
}
