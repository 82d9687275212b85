package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/xsslab"
)

// state is what the lab says of itself, as far as these tests look at it.
type state struct {
	Version  int
	Rooms    []struct{ ID, URL string }
	Payloads []struct {
		ID, Source string
		Article    bool
	}
	Attacks []struct {
		ID, Room string
		Done     bool
		Takes    []string
		Loot     []struct {
			Kind    string
			Expires time.Time
			Trials  []struct {
				How, Code string
				Accepted  int
				Last      time.Time
				Refused   *time.Time
			}
		}
	}
}

// lab is one that runs.
type lab struct {
	t   *testing.T
	url string
}

// start starts a lab on free ports, and stops it with the test.
func start(t *testing.T, args ...string) lab {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := main.Run(ctx, append([]string{"--addr", "localhost:0"}, args...), func(string) string { return "" }, writer)
		done <- err
		_ = writer.CloseWithError(err) // never fails
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the lab did not stop cleanly: %v", err)
		}
	})
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		if found := regexp.MustCompile(`lab is at (http\S+)`).FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return lab{t, found[1]}
		}
	}
	t.Fatalf("the lab says no address: %v", lines.Err())
	return lab{}
}

// do sends a request, and returns the answer with its body read.
func (l lab) do(method, url, body string, header http.Header) (*http.Response, []byte) {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // it has been read
	content, err := io.ReadAll(res.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return res, content
}

// until returns the first state that is as wanted.
func (l lab) until(wanted func(state) bool) state {
	l.t.Helper()
	for after := -1; ; {
		_, body := l.do(http.MethodGet, l.url+"/state?after="+jsonText(after), "", nil)
		var now state
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(&now); err != nil {
			l.t.Fatalf("%v: %s", err, body)
		}
		if wanted(now) {
			return now
		}
		after = now.Version
	}
}

// room returns the address of a room.
func (l lab) room(id string) string {
	l.t.Helper()
	for _, room := range l.until(func(state) bool { return true }).Rooms {
		if room.ID == id {
			return room.URL
		}
	}
	l.t.Fatalf("there is no room %s", id)
	return ""
}

// signIn signs in as the victim's page does.
func (l lab) signIn(room string) (*http.Response, map[string]any) {
	l.t.Helper()
	res, body := l.do(http.MethodPost, l.room(room)+"api/auth", `{"email":"user@example.com","password":"pa55w0rd"}`,
		http.Header{"Content-Type": {"application/json"}})
	var said map[string]any
	if err := json.Unmarshal(body, &said); err != nil || res.StatusCode != http.StatusCreated {
		l.t.Fatalf("%d %s", res.StatusCode, body)
	}
	return res, said
}

func jsonText(value any) string {
	text, _ := json.Marshal(value) // numbers and strings always can be
	return string(text)
}
