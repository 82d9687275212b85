//go:build !js

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// tabs are the real tabs that a spec has opened beside its page, by number.
type tabs struct {
	mu   sync.Mutex
	list []*tab
}

func (t *tabs) add(opened *tab) (number int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, opened)
	return len(t.list) - 1
}

func (t *tabs) get(number int) (*tab, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if number < 0 || number >= len(t.list) {
		return nil, fmt.Errorf("there is no tab %d", number)
	}
	return t.list[number], nil
}

// tabControl lets a page do with other tabs what a user does.
func (s *site) tabControl(mux *http.ServeMux) {
	var open tabs
	handle(mux, "/tab/open", func(ctx context.Context, in struct{ Path string }) (any, error) {
		select {
		case <-s.opened:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		tab, err := s.tab.beside(s.url + in.Path)
		if err != nil {
			return nil, err
		}
		return open.add(tab), nil
	})
	// The value is wrapped, as there may be none.
	type value struct {
		Value json.RawMessage `json:"value,omitempty"`
	}
	handle(mux, "/tab/evaluate", func(_ context.Context, in struct {
		Tab        int
		Expression string
	},
	) (any, error) {
		tab, err := open.get(in.Tab)
		if err != nil {
			return nil, err
		}
		got, err := tab.evaluate(in.Expression)
		return value{got}, err
	})
	handle(mux, "/tab/close", func(_ context.Context, in struct{ Tab int }) (any, error) {
		tab, err := open.get(in.Tab)
		if err != nil {
			return nil, err
		}
		return nil, tab.close()
	})
	handle(mux, "/tab/crash", func(_ context.Context, in struct{ Tab int }) (any, error) {
		tab, err := open.get(in.Tab)
		if err != nil {
			return nil, err
		}
		return nil, tab.crash()
	})
}
