//go:build js && wasm

package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// options is what a page may choose, checked and with the defaults filled in.
type options struct {
	base        string // as given; empty: the page
	endpoints   browser.Endpoints
	fields      browser.Fields
	sessionOver []int
	origins     []string
	storage     string
	storageKey  string
	margin      time.Duration
	timeout     time.Duration
	restore     string
	fetch       safejs.Value
	exposeToken bool
	dpop        safejs.Value
}

// parseOptions reads and checks the options of authFetch.create; undefined
// means the defaults. The error is the text of the TypeError to throw.
func parseOptions(realm *browser.Realm, given safejs.Value) (options, error) {
	p := parser{realm: realm}
	o := options{
		storage:    "memory",
		storageKey: wire.FieldAccessToken,
		restore:    "eager",
		fields: browser.Fields{
			AccessToken: wire.FieldAccessToken, ExpiresIn: wire.FieldExpiresIn, Code: wire.FieldCode,
		},
		endpoints: browser.Endpoints{ // paths, until the base is known
			Login:    browser.Endpoint{Method: "POST", URL: wire.DefaultPrefix + wire.PathAuth},
			Refresh:  browser.Endpoint{Method: "POST", URL: wire.DefaultPrefix + wire.PathRefresh},
			Logout:   browser.Endpoint{Method: "DELETE", URL: wire.DefaultPrefix + wire.PathAuth},
			Sessions: browser.Endpoint{Method: "DELETE", URL: wire.DefaultPrefix + wire.PathSessions},
		},
	}
	if !given.IsUndefined() {
		p.object("", given, func(name string, v safejs.Value) bool { return o.set(&p, name, v) })
	}
	if p.err != nil {
		return options{}, p.err
	}
	base := cmp.Or(o.base, realm.PageURL())
	for _, endpoint := range []*browser.Endpoint{
		&o.endpoints.Login, &o.endpoints.Refresh, &o.endpoints.Logout, &o.endpoints.Sessions,
	} {
		p.endpoint(endpoint, base)
	}
	o.origins = append(o.origins, realm.Origin(base))
	return o, p.err
}

// parseScope reads the options of logout; undefined means this session.
func parseScope(realm *browser.Realm, given safejs.Value) (session.Scope, error) {
	p := parser{realm: realm}
	var scope string
	p.object("", given, func(name string, v safejs.Value) bool {
		if name != "scope" {
			return false
		}
		p.oneOf(name, v, &scope, string(session.OtherSessions), string(session.AllSessions))
		return true
	})
	return session.Scope(scope), p.err
}

// identity is what tells sessions apart: instances that agree in it share theirs.
type identity struct {
	endpoints           browser.Endpoints
	fields              browser.Fields
	sessionOver         string
	storage, storageKey string
	bound               bool
}

func (o *options) identity() identity {
	return identity{o.endpoints, o.fields, fmt.Sprint(o.sessionOver), o.storage, o.storageKey, !o.dpop.IsUndefined()}
}

// set reads one option; false: there is none of that name.
func (o *options) set(p *parser, name string, v safejs.Value) bool {
	switch name {
	case "baseURL":
		p.url(name, v, &o.base)
	case "paths":
		p.texts(name, v, []field{
			{"login", &o.endpoints.Login.URL},
			{"refresh", &o.endpoints.Refresh.URL},
			{"logout", &o.endpoints.Logout.URL},
			{"sessions", &o.endpoints.Sessions.URL},
		})
	case "fields":
		p.texts(name, v, []field{
			{"accessToken", &o.fields.AccessToken},
			{"expiresIn", &o.fields.ExpiresIn},
			{"code", &o.fields.Code},
		})
	case "sessionOver":
		p.statuses(name, v, &o.sessionOver)
	case "storage":
		p.oneOf(name, v, &o.storage, "memory", "sessionStorage", "localStorage")
	case "storageKey":
		p.text(name, v, &o.storageKey)
	case "allowedOrigins":
		p.origins(name, v, &o.origins)
	case "refreshMargin":
		// Zero means never ahead of time, which the policy spells as less.
		if p.milliseconds(name, v, &o.margin); o.margin == 0 && !v.IsUndefined() {
			o.margin = -1
		}
	case "refreshTimeout":
		if p.milliseconds(name, v, &o.timeout); o.timeout == 0 && !v.IsUndefined() {
			p.fail("option %q must be more than zero", name)
		}
	case "restore":
		p.oneOf(name, v, &o.restore, "eager", "lazy")
	case "fetch":
		p.function(name, v, &o.fetch)
	case "dpop":
		p.function(name, v, &o.dpop)
	case "exposeToken":
		p.boolean(name, v, &o.exposeToken)
	default:
		return false
	}
	return true
}
