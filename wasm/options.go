//go:build js && wasm

package main

import (
	"cmp"
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
	origins     []string
	accessToken string // name of the field
	expiresIn   string // name of the field
	storage     string
	storageKey  string
	margin      time.Duration
	timeout     time.Duration
	restore     string
	fetch       safejs.Value
	exposeToken bool
}

// parseOptions reads and checks the options of authFetch.create; undefined
// means the defaults. The error is the text of the TypeError to throw.
func parseOptions(realm *browser.Realm, given safejs.Value) (options, error) {
	p := parser{realm: realm}
	o := options{
		accessToken: wire.FieldAccessToken,
		expiresIn:   wire.FieldExpiresIn,
		storage:     "memory",
		storageKey:  wire.FieldAccessToken,
		restore:     "eager",
		endpoints: browser.Endpoints{ // paths, until the base is known
			Login:    wire.DefaultPrefix + wire.PathAuth,
			Refresh:  wire.DefaultPrefix + wire.PathRefresh,
			Logout:   wire.DefaultPrefix + wire.PathAuth,
			Sessions: wire.DefaultPrefix + wire.PathSessions,
		},
	}
	if !given.IsUndefined() {
		p.object("", given, func(name string, v safejs.Value) bool { return o.set(&p, name, v) })
	}
	if p.err != nil {
		return options{}, p.err
	}
	base := cmp.Or(o.base, realm.PageURL())
	for _, endpoint := range []*string{
		&o.endpoints.Login, &o.endpoints.Refresh, &o.endpoints.Logout, &o.endpoints.Sessions,
	} {
		*endpoint = p.endpoint(*endpoint, base)
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

// set reads one option; false: there is none of that name.
func (o *options) set(p *parser, name string, v safejs.Value) bool {
	switch name {
	case "baseURL":
		p.url(name, v, &o.base)
	case "paths":
		p.texts(name, v, []field{
			{"login", &o.endpoints.Login},
			{"refresh", &o.endpoints.Refresh},
			{"logout", &o.endpoints.Logout},
			{"sessions", &o.endpoints.Sessions},
		})
	case "fields":
		p.texts(name, v, []field{{"accessToken", &o.accessToken}, {"expiresIn", &o.expiresIn}})
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
	case "exposeToken":
		p.boolean(name, v, &o.exposeToken)
	default:
		return false
	}
	return true
}
