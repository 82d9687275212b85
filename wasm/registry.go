//go:build js && wasm

package main

import (
	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// registry holds the sessions of the page. Instances that mean the same session
// share it, so that two of them still make one refresh.
type registry struct {
	realm    *browser.Realm
	sessions []*shared
}

func newRegistry(realm *browser.Realm) (*registry, error) {
	r := &registry{realm: realm}
	wake := func() {
		for _, s := range r.sessions {
			s.tabs.Open() // first, so that no news falls in between
			s.manager.Wake()
		}
	}
	rest := func() {
		for _, s := range r.sessions {
			s.tabs.Rest()
		}
	}
	return r, realm.OnLife(wake, rest)
}

// shared is one session and the instances that use it.
type shared struct {
	realm     *browser.Realm
	identity  identity
	tabs      *browser.Tabs
	manager   *session.Manager
	instances []*instance

	// The session as the page sees it: one object until the session changes, so
	// that code which compares by identity works.
	seen  *session.Session
	value safejs.Value
}

// join returns the session that i means, and starts it if i is the first. What
// belongs to the session and not to the call is then as i's options say.
func (r *registry) join(i *instance) *shared {
	o := &i.options
	wanted := o.identity()
	for _, s := range r.sessions {
		if s.identity == wanted {
			s.instances = append(s.instances, i)
			s.observe()
			return s
		}
	}
	s := &shared{realm: r.realm, identity: wanted, value: safejs.Null(), instances: []*instance{i}}
	s.tabs = r.realm.NewTabs(o.endpoints.Refresh.URL, func(n session.News) { s.manager.Hear(n) })
	config := session.Config{
		Server: &browser.Server{API: i.api, Fields: o.fields, SessionOver: o.sessionOver},
		Clock:  r.realm.Clock(),
		Hint:   r.realm.Hint(o.endpoints.Refresh.URL),
		Tabs:   s.tabs,
		Shared: o.storage == "localStorage",
		Notify: s.notify,
		Warn:   r.realm.Warn,
		Jitter: r.realm.Random,
		Policy: session.Policy{Margin: o.margin, Timeout: o.timeout, Lazy: o.restore == "lazy"},
	}
	if o.storage != "memory" {
		config.Storage = r.realm.Storage(o.storage, o.storageKey)
	}
	s.manager = session.New(config)
	r.sessions = append(r.sessions, s)
	s.observe()
	s.tabs.Open()
	s.manager.Start()
	return s
}

// leave ends the session's life in this page with its last instance. The lists
// are made anew, because they may be walked through right now.
func (r *registry) leave(s *shared, i *instance) {
	var instances []*instance
	for _, other := range s.instances {
		if other != i {
			instances = append(instances, other)
		}
	}
	s.instances = instances
	if len(instances) > 0 {
		s.observe()
		return
	}
	s.tabs.Close()
	go s.manager.Close() // which may have to wait, for whom the page has interrupted
	var sessions []*shared
	for _, other := range r.sessions {
		if other != s {
			sessions = append(sessions, other)
		}
	}
	r.sessions = sessions
}

// object returns the session as the page sees it, or null.
func (s *shared) object() safejs.Value {
	now := s.manager.Current()
	if now == s.seen {
		return s.value
	}
	s.seen, s.value = now, safejs.Null()
	if now != nil {
		s.value = s.realm.Object("claims", now.Claims.Value, "expiresAt", s.realm.Date(now.ExpiresAt))
	}
	return s.value
}

// notify passes an event of the session on to every instance.
func (s *shared) notify(e session.Event) {
	var name string
	var detail safejs.Value
	switch e := e.(type) {
	case session.Changed:
		name = "sessionchange"
		var code any // null where the server named none
		if e.Code != "" {
			code = string(e.Code)
		}
		detail = s.realm.Object("session", s.object(), "reason", string(e.Reason), "code", code)
	case session.Troubled:
		name = "refresherror"
		detail = s.realm.Object("code", string(e.Err.Code), "retryAt", s.realm.Date(e.RetryAt))
	}
	for _, i := range s.instances {
		i.events.Dispatch(name, detail)
	}
}
