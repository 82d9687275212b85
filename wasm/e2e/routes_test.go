//go:build !js

package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// privateRoutes are routes of an application behind the API's bearer check.
func (s *site) privateRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/echo":   echo,
		"/stream": s.stream("text/plain", "%s\n"),
		"/large": func(w http.ResponseWriter, r *http.Request) { // 32 MiB, twice
			s.stream("application/octet-stream", "%.5s"+strings.Repeat(".", 32<<20-5))(w, r)
		},
		// For the libraries that speak so.
		"/graphql": graphQL,
		"/trpc/":   tRPC,
		"/events":  events,
		"/ticks":   s.stream("text/event-stream", "data: %s\n\n"),
	}
}

// publicRoutes ask for no token. The API's server has them, and the foreign ones.
func publicRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/public": echo,
		// Refuses every token, as a resource server with a wrong clock does.
		"/never": func(w http.ResponseWriter, r *http.Request) {
			refuse(w, `Bearer error="invalid_token"`)
		},
		"/scope": func(w http.ResponseWriter, r *http.Request) {
			refuse(w, `Bearer error="insufficient_scope", scope="admin"`)
		},
		"/status": func(w http.ResponseWriter, r *http.Request) {
			status, err := strconv.Atoi(r.FormValue("code"))
			if err != nil || status < 200 || status > 599 {
				http.Error(w, "code must be a status from 200 to 599", http.StatusBadRequest)
				return
			}
			w.WriteHeader(status)
			fmt.Fprintf(w, "the body of %d", status)
		},
		"/redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.FormValue("to"), http.StatusTemporaryRedirect)
		},
	}
}

func refuse(w http.ResponseWriter, challenge string) {
	w.Header().Set("WWW-Authenticate", challenge)
	w.WriteHeader(http.StatusUnauthorized)
	io.WriteString(w, "refused, always")
}

// echo answers with what it was sent, as far as a client can vary it.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "bytes": len(body), "type": r.Header.Get("Content-Type"),
		"custom": r.Header.Get("X-Custom"), "authorized": r.Header.Get("Authorization") != "",
		"n": r.URL.Query().Get("n"),
	})
}

// stream sends a line at once, and a second one when the first has been read: the
// client says so by asking for /api/test/public. One that waits for the whole
// answer before it reads never gets there.
func (s *site) stream(contentType, line string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprintf(w, line, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		if err := s.traffic.wait(r.Context(), "api", "GET /api/test/public", 0, 1, false); err != nil {
			return
		}
		fmt.Fprintf(w, line, "second")
	}
}

// graphQL answers any query with the variable n.
func graphQL(w http.ResponseWriter, r *http.Request) {
	var in struct{ Variables struct{ N string } }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"n": in.Variables.N}})
}

// tRPC answers each procedure with its input: one, or a batch, whose inputs are
// numbered.
func tRPC(w http.ResponseWriter, r *http.Request) {
	input := []byte(r.URL.Query().Get("input"))
	if r.Method == http.MethodPost {
		var err error
		if input, err = io.ReadAll(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	result := func(data json.RawMessage) any {
		return map[string]any{"result": map[string]any{"data": data}}
	}
	answer := result(input)
	if r.URL.Query().Has("batch") {
		var inputs map[int]json.RawMessage
		if err := json.Unmarshal(input, &inputs); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answers := make([]any, len(inputs))
		for i := range answers {
			answers[i] = result(inputs[i])
		}
		answer = answers
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(answer)
}

// events sends one event, the one after the last that the client has seen, and ends.
func events(w http.ResponseWriter, r *http.Request) {
	last, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, "id: %d\ndata: %s\n\n", last+1, r.URL.Query().Get("n"))
}
