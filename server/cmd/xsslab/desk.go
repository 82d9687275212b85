package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/page"
	"github.com/authfetch/authfetch/static"
	pages "github.com/authfetch/authfetch/static/lab"
)

// desk is where the attacker sits: it sends the payloads out, collects what comes
// back, and tries it.
//
// It takes no notice of cookies. Those of the rooms come along where a browser goes
// by the host alone; a real attacker is at another one.
type desk struct {
	origin   string
	rooms    []*room
	payloads []payload
	ttl      time.Duration
	ledger   *ledger
	thief    *thief
	mux      *http.ServeMux
}

func newDesk(ctx context.Context, at string, rooms []*room, ttl time.Duration) (*desk, error) {
	list, err := payloads(at)
	if err != nil {
		return nil, err
	}
	d := &desk{origin: at, rooms: rooms, payloads: list, ttl: ttl, ledger: newLedger(), mux: http.NewServeMux()}
	d.thief = newThief(ctx, d.ledger, ttl)
	policy := strings.Replace(page.Policy(), "frame-src 'self'", "frame-src "+strings.Join(d.roomOrigins(), " "), 1)
	own, err := page.New(page.Config{Files: pages.Desk(), ContentSecurityPolicy: policy})
	if err != nil {
		return nil, err
	}
	shared, err := page.New(page.Config{Files: static.Files(), ContentSecurityPolicy: policy})
	if err != nil {
		return nil, err
	}
	d.mux.Handle("/", own)
	d.mux.Handle("/demo/", shared)
	d.mux.HandleFunc("POST /attacks", d.attack)
	d.mux.HandleFunc("POST /loot/{attack}", d.receive)
	d.mux.HandleFunc("GET /state", d.state)
	return d, nil
}

func (d *desk) roomOrigins() []string {
	var origins []string
	for _, room := range d.rooms {
		origins = append(origins, room.origin())
	}
	return origins
}

// ServeHTTP takes what a one-liner brings in its query, and shows the pages.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i := slices.Index(d.roomOrigins(), r.Header.Get("Origin"))
	if r.Method == http.MethodGet && r.URL.Path == "/" && i >= 0 {
		id := d.ledger.latest(d.rooms[i].ID)
		d.take(id, r.URL.RawQuery)
		d.ledger.done(id) // it is all that a one-liner does
		return
	}
	d.mux.ServeHTTP(w, r)
}

// receive takes what the other payloads send.
func (d *desk) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLoot))
	if err != nil {
		return // whoever sends so much has to do without
	}
	id := r.PathValue("attack")
	if string(body) == "done" {
		d.ledger.done(id)
		return
	}
	d.take(id, string(body))
}

func (d *desk) take(id, text string) {
	roomID, fresh := d.ledger.receive(id, text, time.Now())
	for _, room := range d.rooms {
		if room.ID == roomID {
			d.thief.try(room, id, fresh)
		}
	}
}

// attack makes the link that the victim is given.
func (d *desk) attack(w http.ResponseWriter, r *http.Request) {
	var in struct{ Room, Payload string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxLoot)).Decode(&in); err != nil {
		http.Error(w, "a room and a payload are wanted, as JSON", http.StatusBadRequest)
		return
	}
	for _, room := range d.rooms {
		for _, p := range d.payloads {
			if room.ID == in.Room && p.ID == in.Payload {
				id := d.ledger.begin(room.ID, p.ID, time.Now())
				writeJSON(w, map[string]any{"id": id, "url": p.address(room, d.origin, id)})
				return
			}
		}
	}
	http.Error(w, "there is no such room or payload", http.StatusNotFound)
}

// patience is how long a client waits for news, before it asks again.
const patience = 20 * time.Second

// state is everything, as soon as it is newer than what the client has.
func (d *desk) state(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.Atoi(r.FormValue("after"))
	if err != nil {
		after = -1
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	type roomState struct {
		*room
		URL    string `json:"url"`
		Policy string `json:"policy"`
	}
	rooms := []roomState{}
	for _, room := range d.rooms {
		rooms = append(rooms, roomState{room, room.url, victimPolicy(d.origin, room.Strict)})
	}
	d.ledger.read(ctx, after, func(version int, attacks []*attack) {
		writeJSON(w, map[string]any{
			"version": version, "now": time.Now(), "ttl": d.ttl.Seconds(),
			"rooms": rooms, "payloads": d.payloads, "weakened": weakenings(d.origin), "attacks": attacks,
		})
	})
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(value) // the client has gone if this fails
}
