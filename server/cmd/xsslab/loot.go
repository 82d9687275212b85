package main

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// kind is what a piece of loot is good for.
type kind string

const (
	kindAccess   kind = "access token"
	kindRefresh  kind = "refresh token"
	kindProof    kind = "proof"
	kindKey      kind = "key"
	kindPassword kind = "password"
	kindDeed     kind = "deed" // done in the page, in the user's name
)

// loot is something worth having, and how it goes with it elsewhere.
type loot struct {
	Kind    kind       `json:"kind"`
	Text    string     `json:"text"`
	Expires *time.Time `json:"expires,omitempty"`
	// Bound says that the token names a key: it is good for whoever has that.
	Bound bool `json:"bound"`
	// Tried says that it is known whether it is good for something: one way to use
	// it was accepted, or none is left.
	Tried  bool     `json:"tried"`
	Trials []*trial `json:"trials"`

	secret string
	email  string // of a password
	claims struct {
		Expires int64  `json:"exp"`
		Method  string `json:"htm"`
		Hash    string `json:"ath"`
		Confirm *struct {
			Thumbprint string `json:"jkt"`
		} `json:"cnf"`
	}
}

// trial is one way in which another machine uses it, again and again.
type trial struct {
	How      string     `json:"how"`
	Accepted int        `json:"accepted"`
	Last     *time.Time `json:"last,omitempty"` // accepted
	Refused  *time.Time `json:"refused,omitempty"`
	Status   int        `json:"status"`
	Code     string     `json:"code"` // why it was refused
	Over     bool       `json:"over"` // nobody tries any more
}

// jwt matches whatever is one: access tokens, refresh tokens and proofs all are.
var jwt = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// search finds what is worth having in what a payload has sent, or in the query of
// a one-liner.
func search(text string) []*loot {
	if plain, err := url.QueryUnescape(text); err == nil && strings.Contains(text, "%") {
		text = plain
	}
	var all []*loot
	if found := searchJSON(text); found != nil {
		all = append(all, found)
	}
	for _, raw := range jwt.FindAllString(text, -1) {
		if found := readJWT(raw); found != nil {
			all = append(all, found)
		}
	}
	return all
}

// searchJSON is for what says what it is.
func searchJSON(text string) *loot {
	var said struct {
		Email, Password, Did string
		Key                  json.RawMessage
	}
	if json.Unmarshal([]byte(text), &said) != nil {
		return nil
	}
	switch {
	case said.Password != "":
		return &loot{Kind: kindPassword, Text: said.Email, Trials: []*trial{}, secret: said.Password, email: said.Email}
	case len(said.Key) > 0 && said.Key[0] == '{':
		return &loot{Kind: kindKey, Text: "a private key", Tried: true, Trials: []*trial{}, secret: string(said.Key)}
	case said.Did != "":
		return &loot{Kind: kindDeed, Text: said.Did, Tried: true, Trials: []*trial{}, secret: text}
	}
	return nil
}

// readJWT goes by the media type of the token, RFC 8725 section 3.11.
func readJWT(raw string) *loot {
	parts := strings.Split(raw, ".")
	var header struct{ Typ string }
	found := &loot{Text: shortToken(raw), Trials: []*trial{}, secret: raw}
	if !decode(parts[0], &header) || !decode(parts[1], &found.claims) {
		return nil
	}
	switch header.Typ {
	case "at+jwt":
		found.Kind = kindAccess
	case "rt+jwt":
		found.Kind = kindRefresh
	case "dpop+jwt":
		found.Kind, found.Tried = kindProof, true // together with its token
	default:
		return nil
	}
	found.Bound = found.claims.Confirm != nil && found.claims.Confirm.Thumbprint != ""
	if found.claims.Expires != 0 {
		at := time.Unix(found.claims.Expires, 0)
		found.Expires = &at
	}
	return found
}

func decode(part string, into any) bool {
	content, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(content, into) == nil
}

func shortToken(raw string) string { return raw[:min(len(raw), 12)] + "…" + raw[max(0, len(raw)-8):] }
