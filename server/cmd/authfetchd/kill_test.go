package main_test

import (
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/authfetch/authfetch/server/wire"
)

const (
	killEmail    = "ada@example.com"
	killPassword = "correct horse battery staple"
)

// TestKilledDuringRefreshes kills the server again and again in the middle of
// parallel refreshes, some of whose answers get lost besides. Nobody is signed
// out, no session is lost, and no key: any other answer than 200 is a failure.
func TestKilledDuringRefreshes(t *testing.T) {
	t.Parallel()
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	binary, data := build(t), filepath.Join(t.TempDir(), "data")
	call(t, binary, killPassword+"\n", "user", "add", "--data", data, killEmail)

	server := start(t, binary, data)
	devices := make([]*device, 8)
	for i := range devices {
		devices[i] = newDevice(rand.New(rand.NewPCG(seed, uint64(i+1))))
		devices[i].login(t, server.url)
	}
	keys, first := keyIDs(t, server.url), devices[0].session
	server.kill()

	for range rounds {
		server := start(t, binary, data)
		if got := keyIDs(t, server.url); !slices.Equal(got, keys) {
			t.Fatalf("the keys are %q, and were %q", got, keys)
		}
		devices[0].wantUser(t, server.url, first.access)
		// After a number of requests and answers, while others are under way.
		events := newCountdown(1+chance.Int64N(500), server.kill)
		var group sync.WaitGroup
		for _, d := range devices {
			d.events = events
			group.Go(func() {
				for d.refresh(t, server.url) {
				}
				d.http.CloseIdleConnections()
			})
		}
		group.Wait()
		server.kill() // where the test has failed before the moment came
		if t.Failed() {
			return
		}
	}

	server = start(t, binary, data)
	for _, d := range devices {
		d.events = never()
		d.refresh(t, server.url)
		d.wantUser(t, server.url, d.access)
	}
	devices[0].wantUser(t, server.url, first.access)
	if got := devices[0].sessions(t, server.url); got != len(devices) {
		t.Errorf("the user has %d sessions, want %d", got, len(devices))
	}
}

// keyIDs are the key ids that the server publishes.
func keyIDs(t *testing.T, url string) (ids []string) {
	t.Helper()
	_, body := get(t, url+wire.PathJWKS)
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal([]byte(body), &set); err != nil {
		t.Fatal(err)
	}
	for _, key := range set.Keys {
		ids = append(ids, key.ID)
	}
	if len(ids) == 0 {
		t.Fatal("no keys")
	}
	return ids
}
