//go:build !js

package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// A hit is one request that reached a server of the site, and its answer.
type hit struct {
	Server  string            `json:"server"` // "api", "host" or "port": see site
	Route   string            `json:"route"`  // "GET /api/users/me"
	Query   string            `json:"query"`
	Headers map[string]string `json:"headers"` // names in lower case
	Cookies []string          `json:"cookies"` // names
	Body    string            `json:"body"`    // SHA-256, in hex
	Status  int               `json:"status"`  // 0 until answered, and for a dropped answer
}

// A rule changes what happens to requests for one route.
type rule struct {
	Server string  `json:"server"` // empty: "api"
	Route  string  `json:"route"`
	Times  int     `json:"times"` // how many requests; 0: all
	When   string  `json:"when"`  // "before" the handler runs, or "after", with its answer kept back
	Hold   bool    `json:"hold"`  // until released
	Drop   bool    `json:"drop"`  // close the connection without an answer
	Answer *answer `json:"answer"`

	used    int
	release chan struct{} // closed by release
}

// An answer is given in place of the handler's.
type answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// traffic records what the servers of one site are asked, and interferes as the
// rules say. It stands in front of their handlers.
type traffic struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced when a hit arrives or is answered
	hits    []*hit
	rules   []*rule
	closed  chan struct{} // when the spec is over: nothing is held any longer
}

func newTraffic() *traffic {
	return &traffic{changed: make(chan struct{}), closed: make(chan struct{})}
}

// watch puts the traffic in front of a server's handler.
func (tr *traffic) watch(server string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hit := tr.arrive(server, r)
		before, after := tr.match(server, hit.Route)

		out := &statusRecorder{ResponseWriter: w}
		if before != nil {
			if !tr.apply(before, r, out) {
				next.ServeHTTP(out, r)
			}
		} else if after != nil {
			// The handler does all of its work, and the client learns of it later
			// or never.
			kept := httptest.NewRecorder()
			next.ServeHTTP(kept, r)
			if !tr.apply(after, r, out) {
				replay(out, kept)
			}
		} else {
			next.ServeHTTP(out, r)
		}
		tr.answered(hit, out.status)
	})
}

func (tr *traffic) arrive(server string, r *http.Request) *hit {
	// The body is read here, because a handler that refuses a request does not
	// look at it. What could not be read the handler finds missing, too.
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(body)

	h := &hit{Body: hex.EncodeToString(sum[:]), Server: server, Route: r.Method + " " + r.URL.Path, Query: r.URL.RawQuery, Headers: map[string]string{}}
	for name, values := range r.Header {
		h.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	delete(h.Headers, "cookie")
	for _, cookie := range r.Cookies() {
		h.Cookies = append(h.Cookies, cookie.Name)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.hits = append(tr.hits, h)
	tr.tell()
	return h
}

func (tr *traffic) answered(h *hit, status int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	h.Status = status
	tr.tell()
}

// tell wakes whoever waits for hits. The lock is held.
func (tr *traffic) tell() {
	close(tr.changed)
	tr.changed = make(chan struct{})
}

// match takes the first rule for a request that is not used up.
func (tr *traffic) match(server, route string) (before, after *rule) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for _, rule := range tr.rules {
		if rule.Server != server || rule.Route != route || rule.Times != 0 && rule.used == rule.Times {
			continue
		}
		rule.used++
		if rule.When == "after" {
			return nil, rule
		}
		return rule, nil
	}
	return nil, nil
}

// apply does what a rule says, and reports whether that has settled the request.
func (tr *traffic) apply(rule *rule, r *http.Request, w http.ResponseWriter) bool {
	if rule.Hold {
		select {
		case <-rule.release:
		case <-tr.closed:
		case <-r.Context().Done():
		}
	}
	if rule.Drop {
		panic(http.ErrAbortHandler)
	}
	if rule.Answer == nil {
		return false
	}
	for name, value := range rule.Answer.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(rule.Answer.Status)
	w.Write([]byte(rule.Answer.Body))
	return true
}

// replay sends an answer that was kept.
func replay(w http.ResponseWriter, kept *httptest.ResponseRecorder) {
	for name, values := range kept.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(kept.Code)
	kept.Body.WriteTo(w)
}

// add puts a rule after the others and returns its number.
func (tr *traffic) add(r *rule) int {
	if r.Server == "" {
		r.Server = "api"
	}
	r.release = make(chan struct{})
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.rules = append(tr.rules, r)
	return len(tr.rules) - 1
}

// end switches a rule off, and lets go what it holds.
func (tr *traffic) end(number int) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	rule := tr.rules[number]
	if rule.Times == 0 || rule.used < rule.Times {
		rule.Times, rule.used = 1, 1
	}
	select {
	case <-rule.release:
	default:
		close(rule.release)
	}
}

// wait returns once, after the first hits up to from, count requests for a route
// have arrived, or been answered.
func (tr *traffic) wait(ctx context.Context, server, route string, from, count int, answered bool) error {
	for {
		tr.mu.Lock()
		found, changed := 0, tr.changed
		for _, h := range tr.hits[from:] {
			if h.Server == server && h.Route == route && (!answered || h.Status != 0) {
				found++
			}
		}
		tr.mu.Unlock()
		if found >= count {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// seen returns the hits so far.
func (tr *traffic) seen() []hit {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	hits := make([]hit, len(tr.hits))
	for i, h := range tr.hits {
		hits[i] = *h
	}
	return hits
}

// statusRecorder remembers the status that was sent.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController flush through it.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }
