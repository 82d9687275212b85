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
	howKey     = "with the key itself"
	howRefresh = "at the refresh endpoint"
	howSignIn  = "to sign in"
)

// patienceInLives is for how many lives of an access token the thief goes on. A
// stolen session would be kept alive for ever.
const patienceInLives = 30

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
	nonce           string
}

func (r reply) ok() bool { return r.status < 300 }

// call uses an access token. A bound one is tried without its key first, in both
// ways there are; then with whatever came along: the key itself, or proofs.
func (t *thief) call(room *room, id string, found *loot) {
	t.repeat(found, howBearer, t.every, func() (reply, bool) {
		return t.me(room, wire.SchemeBearer, found.secret, ""), true
	})
	if !found.Bound {
		return
	}
	t.repeat(found, howAlone, t.every, func() (reply, bool) {
		return t.me(room, wire.SchemeDPoP, found.secret, ""), true
	})
	var stolen *key
	var proofs []string
	for _, l := range t.ledger.loot(id) {
		switch {
		case l.Kind == kindKey:
			stolen = readKey(l.secret)
		case l.Kind == kindProof && l.claims.Hash == athOf(found.secret):
			proofs = append(proofs, l.secret)
		}
	}
	if stolen != nil {
		nonce := ""
		t.repeat(found, howKey, t.every, func() (reply, bool) {
			got := t.me(room, wire.SchemeDPoP, found.secret, stolen.prove(room.url, found.secret, nonce))
			if got.nonce != "" && !got.ok() && nonce == "" {
				nonce = got.nonce // the first proof was for that
				got = t.me(room, wire.SchemeDPoP, found.secret, stolen.prove(room.url, found.secret, nonce))
			}
			return got, true
		})
	}
	if len(proofs) > 0 { // spread over time, to see for how long they are good
		t.repeat(found, howProof, t.every, func() (reply, bool) {
			if len(proofs) == 0 {
				return reply{}, false
			}
			proof := proofs[0]
			proofs = proofs[1:]
			return t.me(room, wire.SchemeDPoP, found.secret, proof), true
		})
	}
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
// and not for ever.
func (t *thief) repeat(found *loot, how string, every time.Duration, use func() (reply, bool)) {
	trial := &trial{How: how}
	t.ledger.change(func() { found.Trials = append(found.Trials, trial) })
	defer t.ledger.change(func() { trial.Over = true })
	for end := time.Now().Add(patienceInLives * t.ttl); time.Now().Before(end); {
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
			h.Set(wire.HeaderDPoP, proof)
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
	got := reply{status: res.StatusCode, code: said.Code, access: said.AccessToken, refresh: said.RefreshToken, nonce: res.Header.Get(wire.HeaderDPoPNonce)}
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
