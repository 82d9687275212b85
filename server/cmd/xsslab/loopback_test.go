package main_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	main "github.com/authfetch/authfetch/server/cmd/xsslab"
)

// Whoever else could reach the lab would find every hole that it shows.
func TestRefusesToListenElsewhere(t *testing.T) {
	for _, addr := range []string{":8888", "0.0.0.0:8888", "[::]:8888", "192.0.2.1:8888", "example.com:8888", "localhost.example.com:8888", "127.0.0.1.example:1", "[::ffff:192.0.2.1]:1"} {
		err := main.Run(t.Context(), []string{"--addr", addr}, func(string) string { return "" }, t.Output())
		if err == nil || !strings.Contains(err.Error(), "this machine alone") {
			t.Errorf("--addr %s: %v", addr, err)
		}
		err = main.Run(t.Context(), nil, func(string) string { return addr }, t.Output())
		if err == nil || !strings.Contains(err.Error(), "this machine alone") {
			t.Errorf("XSSLAB_ADDR=%s: %v", addr, err)
		}
	}
}

func TestWrongUsage(t *testing.T) {
	for _, args := range [][]string{{"--addr", "localhost"}, {"--addr", "localhost:x"}, {"serve"}, {"--access-ttl", "1s"}, {"--nothing"}} {
		if err := main.Run(t.Context(), args, func(string) string { return "" }, t.Output()); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

// DNS rebinding: the page of a name that has this machine's address by now.
func TestAnswersToLoopbackNamesAlone(t *testing.T) {
	handler := main.LoopbackOnly(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for host, want := range map[string]int{
		"localhost:8888": 200, "LOCALHOST": 200, "127.0.0.1:8888": 200, "127.0.0.2": 200, "[::1]:8888": 200, "[::1]": 200,
		"": 421, "evil.example": 421, "evil.example:8888": 421, "localhost.evil.example:8888": 421,
		"192.0.2.1:8888": 421, "127.0.0.1.evil.example": 421, "localhost:8888:evil.example": 421,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
	}
}

// All of it, and not the collector alone.
func TestEverySiteIsGuarded(t *testing.T) {
	l := start(t)
	urls := []string{l.url + "/"}
	for _, room := range l.until(func(state) bool { return true }).Rooms {
		urls = append(urls, room.URL, room.URL+"api/users/me")
	}
	for _, url := range urls {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "evil.example"
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close() // not read
		if res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s, asked as evil.example: %d", url, res.StatusCode)
		}
	}
}
