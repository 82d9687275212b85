//go:build js && wasm

package main

import (
	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// instance is one authFetch: the function that the page calls, its methods and
// its events. The session behind it may be shared.
type instance struct {
	registry *registry
	options  options
	api      *browser.API
	fetcher  *browser.Fetcher
	events   browser.Dispatcher
	errors   browser.Exceptions
	function safejs.Value

	debugger  safejs.Value // who is told of decisions; undefined: nobody
	shared    *shared      // nil until it is open
	ready     safejs.Value
	destroyed bool
}

// newInstance makes an instance, which joins its session when it is opened: by
// create, or by its first use.
//
// host is what the loader brings along, undefined without it: {target,
// AuthFetchError, debug, relay}, the EventTarget for the events, the class of the
// errors, what debug was last called with, and what [browser.API.NewFetcher] says.
func newInstance(r *registry, o options, host safejs.Value) (*instance, error) {
	events, err := r.realm.NewDispatcher(r.realm.Property(host, "target"))
	if err != nil {
		return nil, err
	}
	i := &instance{
		registry: r,
		options:  o,
		debugger: debugger(r.realm.Property(host, "debug")),
		events:   events,
		errors:   r.realm.NewExceptions(r.realm.Property(host, "AuthFetchError")),
	}
	if i.api, err = r.realm.NewAPI(browser.API{
		Origins: o.origins, Base: o.base, Endpoints: o.endpoints, Fetch: o.fetch, DPoP: o.dpop,
	}); err != nil {
		return nil, err
	}
	if i.fetcher, err = i.api.NewFetcher(i.errors.Of, r.realm.Property(host, "relay")); err != nil {
		return nil, err
	}
	return i, i.define()
}

// open joins the session.
func (i *instance) open() {
	if i.shared != nil || i.destroyed {
		return
	}
	i.shared = i.registry.join(i)
	s := i.shared
	i.fetcher.Manager = s.manager
	i.ready = i.registry.realm.Go(func() (any, error) {
		s.manager.Ready()
		return s.object(), nil
	}, i.errors.Of)
}

// use is what every method begins with.
func (i *instance) use() (*session.Manager, error) {
	i.open()
	if i.destroyed {
		return nil, session.ErrDestroyed
	}
	return i.shared.manager, nil
}

func (i *instance) fetch(args []safejs.Value) any {
	if _, err := i.use(); err != nil {
		return i.rejected(err)
	}
	promise, err := i.fetcher.Do(args)
	if err != nil {
		return i.rejected(err)
	}
	return promise
}

func (i *instance) login(args []safejs.Value) any {
	return i.async(func(m *session.Manager) (any, error) {
		realm := i.registry.realm
		credentials := browser.Argument(args, 0)
		if browser.TypeOf(credentials) != safejs.TypeObject {
			return nil, realm.Throw(realm.TypeError("authFetch: login takes an object of credentials"))
		}
		body, err := realm.JSON(credentials) // as they are now, however long the login has to wait
		if err != nil {
			return nil, err
		}
		if _, err := m.Login(body); err != nil {
			return nil, err
		}
		return i.shared.object(), nil
	})
}

func (i *instance) logout(args []safejs.Value) any {
	return i.async(func(m *session.Manager) (any, error) {
		realm := i.registry.realm
		scope, err := parseScope(realm, browser.Argument(args, 0))
		if err != nil {
			return nil, realm.Throw(realm.TypeError(err.Error()))
		}
		revoked, err := m.Logout(scope)
		if err != nil {
			return nil, err
		}
		return realm.Object("revoked", revoked), nil
	})
}

func (i *instance) refresh([]safejs.Value) any {
	return i.async(func(m *session.Manager) (any, error) {
		if _, err := m.Refresh(session.Forever); err != nil {
			return nil, err
		}
		return i.shared.object(), nil
	})
}

func (i *instance) token([]safejs.Value) any {
	return i.async(func(m *session.Manager) (any, error) {
		token, err := m.Fresh(session.Forever)
		if err != nil || token == "" {
			return safejs.Null(), err
		}
		return string(token), nil
	})
}

func (i *instance) destroy([]safejs.Value) any {
	if !i.destroyed && i.shared != nil {
		i.registry.leave(i.shared, i)
	}
	i.destroyed = true
	return safejs.Undefined()
}

func (i *instance) session([]safejs.Value) any {
	if _, err := i.use(); err != nil {
		return safejs.Null()
	}
	return i.shared.object()
}

func (i *instance) whenReady([]safejs.Value) any {
	i.open()
	return i.ready
}

// async gives the page a promise of what f returns.
func (i *instance) async(f func(*session.Manager) (any, error)) safejs.Value {
	return i.registry.realm.Go(func() (any, error) {
		m, err := i.use()
		if err != nil {
			return nil, err
		}
		return f(m)
	}, i.errors.Of)
}

func (i *instance) rejected(err error) safejs.Value {
	return i.registry.realm.Go(func() (any, error) { return nil, err }, i.errors.Of)
}
