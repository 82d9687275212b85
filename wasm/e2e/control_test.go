//go:build !js

package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// verdict is what a page says of the spec that it ran, or the specs that it knows.
type verdict struct {
	Error    string     // empty: passed
	Expected []string   // parts of the console errors that the spec wanted
	Console  []line     // what the page's console shows, where the driver cannot know
	Specs    []specInfo // where the page was asked for a list
}

type specInfo struct {
	Name    string
	HTTP2   bool
	Bare    bool              // of the module alone, without the loader
	Alone   bool              // nothing else runs in that browser meanwhile
	Timeout int               // ms; 0: 30,000
	Except  map[string]string // why a browser is not held to it, by the browser's name
	Instead bool              // what that browser does in place of it is asserted
}

// control is the control plane: the page's way to see and to move what a page
// must otherwise not be able to. It exists in these tests only, listens on the
// loopback interface, and ends with its spec.
func (s *site) control() http.Handler {
	mux := http.NewServeMux()
	handle(mux, "/seen", func(context.Context, struct{}) (any, error) {
		return s.traffic.seen(), nil
	})
	handle(mux, "/wait", func(ctx context.Context, in struct {
		Server, Route string
		From, Count   int
		Answered      bool
	},
	) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, specTimeout)
		defer cancel()
		if err := s.traffic.wait(ctx, in.Server, in.Route, in.From, in.Count, in.Answered); err != nil {
			return nil, fmt.Errorf("waiting for %d × %s: %w", in.Count, in.Route, err)
		}
		return nil, nil
	})
	handle(mux, "/rule", func(_ context.Context, in rule) (any, error) {
		return map[string]int{"number": s.traffic.add(&in)}, nil
	})
	handle(mux, "/release", func(_ context.Context, in struct{ Number int }) (any, error) {
		s.traffic.end(in.Number)
		return nil, nil
	})
	handle(mux, "/advance", func(_ context.Context, in struct {
		Milliseconds int64 `json:"ms"`
	},
	) (any, error) {
		d := time.Duration(in.Milliseconds) * time.Millisecond
		s.api().advance(d)
		s.backends.advance(d)
		return nil, nil
	})
	handle(mux, "/sessions", func(ctx context.Context, _ struct{}) (any, error) {
		return s.api().sessions(ctx)
	})
	handle(mux, "/revoke", func(ctx context.Context, _ struct{}) (any, error) {
		s.backends.revoke()
		return nil, s.api().revoke(ctx)
	})
	handle(mux, "/restart", func(_ context.Context, in settings) (any, error) {
		return nil, s.restart(in)
	})
	handle(mux, "/elsewhere/login", func(context.Context, struct{}) (any, error) {
		return outcomeOf(s.api().elsewhere.Login(servertest.Email, servertest.Password)), nil
	})
	handle(mux, "/elsewhere/refresh", func(context.Context, struct{}) (any, error) {
		return outcomeOf(s.api().elsewhere.Refresh()), nil
	})
	s.tabControl(mux)
	handle(mux, "/result", func(_ context.Context, in verdict) (any, error) {
		select {
		case s.result <- in:
			return nil, nil
		default:
			return nil, errors.New("the page has told its result before")
		}
	})
	return mux
}

// outcome is what the server said to the user's other browser.
type outcome struct {
	Status int         `json:"status"`
	Code   wire.Code   `json:"code"`   // empty: it was no refusal
	Reason wire.Reason `json:"reason"` // with session_revoked
}

func outcomeOf(r servertest.Response) outcome {
	var problem wire.Problem
	_ = json.Unmarshal(r.Body, &problem) // what is no problem document has no code
	return outcome{Status: r.Status, Code: problem.Code, Reason: problem.Reason}
}

// handle serves one function that takes and gives JSON, to pages of any origin.
func handle[In any](mux *http.ServeMux, path string, fn func(context.Context, In) (any, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		var in In
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := fn(r.Context(), in)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if out != nil {
			json.NewEncoder(w).Encode(out)
		}
	})
}
