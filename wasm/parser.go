//go:build js && wasm

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/browser"
	"github.com/hack-pad/safejs"
)

// parser reads values of JavaScript, and keeps the first error.
type parser struct {
	realm *browser.Realm
	err   error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("authFetch: "+format, args...)
	}
}

// object hands every property of v to set, which reports whether there is an
// option of that name. option is the name of v itself, empty for the options as
// a whole.
func (p *parser) object(option string, v safejs.Value, set func(name string, v safejs.Value) bool) {
	if v.IsUndefined() {
		return
	}
	what, prefix := "options", ""
	if option != "" {
		what, prefix = fmt.Sprintf("option %q", option), option+"."
	}
	if browser.TypeOf(v) != safejs.TypeObject || p.realm.IsArray(v) {
		p.fail("%s must be an object", what)
		return
	}
	keys, err := p.realm.Keys(v)
	if err != nil {
		p.fail("%s cannot be read: %v", what, err)
	}
	for _, key := range keys {
		property, err := p.realm.Read(v, key)
		if err != nil {
			p.fail("option %q cannot be read: %v", prefix+key, err)
		} else if !set(key, property) {
			p.fail("unknown option %q", prefix+key)
		}
	}
}

// field is a string in an object, and its place.
type field struct {
	name string
	into *string
}

// texts reads an object of strings.
func (p *parser) texts(option string, v safejs.Value, fields []field) {
	p.object(option, v, func(name string, v safejs.Value) bool {
		for _, f := range fields {
			if f.name == name {
				p.text(option+"."+name, v, f.into)
				return true
			}
		}
		return false
	})
}

// The readers below leave the default in place where v is undefined.

func (p *parser) text(option string, v safejs.Value, into *string) {
	if v.IsUndefined() {
		return
	}
	if *into = browser.Text(v); *into == "" {
		p.fail("option %q must be a string that is not empty", option)
	}
}

func (p *parser) oneOf(option string, v safejs.Value, into *string, allowed ...string) {
	if p.text(option, v, into); !v.IsUndefined() && !slices.Contains(allowed, *into) {
		p.fail("option %q must be one of %q", option, allowed)
	}
}

func (p *parser) boolean(option string, v safejs.Value, into *bool) {
	if *into = browser.Truth(v); browser.TypeOf(v) != safejs.TypeBoolean && !v.IsUndefined() {
		p.fail("option %q must be true or false", option)
	}
}

func (p *parser) function(option string, v safejs.Value, into *safejs.Value) {
	if *into = v; browser.TypeOf(v) != safejs.TypeFunction && !v.IsUndefined() {
		p.fail("option %q must be a function", option)
	}
}

func (p *parser) milliseconds(option string, v safejs.Value, into *time.Duration) {
	const longest = 365 * 24 * time.Hour
	if v.IsUndefined() {
		return
	}
	ms, ok := browser.Number(v)
	if !ok || !(ms >= 0) || ms > float64(longest/time.Millisecond) { // NaN included
		p.fail("option %q must be a number of milliseconds", option)
		return
	}
	*into = time.Duration(ms * float64(time.Millisecond))
}

// url reads an absolute URL of the web.
func (p *parser) url(option string, v safejs.Value, into *string) {
	if v.IsUndefined() {
		return
	}
	url, err := p.realm.URL(v, p.realm.PageURL())
	if err != nil || !strings.HasPrefix(url, "http") {
		p.fail("option %q must be an http or https URL", option)
	}
	*into = url
}

// origins adds a list of origins, each exactly as the platform writes it.
func (p *parser) origins(option string, v safejs.Value, into *[]string) {
	if v.IsUndefined() {
		return
	}
	list, ok := p.realm.Elements(v)
	if !ok {
		p.fail("option %q must be an array of origins", option)
	}
	for _, element := range list {
		origin := browser.Text(element)
		if origin == "" || p.realm.Origin(origin) != origin {
			p.fail(`option %q: %q is no origin; write it as "https://api.example.com"`, option, origin)
		}
		*into = append(*into, origin)
	}
}

// statuses reads a list of statuses that refuse a request.
func (p *parser) statuses(option string, v safejs.Value, into *[]int) {
	if v.IsUndefined() {
		return
	}
	list, ok := p.realm.Elements(v)
	for _, element := range list {
		n, _ := browser.Number(element)
		status := int(n)
		*into = append(*into, status)
		ok = ok && float64(status) == n && status/100 == 4
	}
	if !ok {
		p.fail("option %q must be an array of statuses from 400 to 499", option)
	}
}

// endpoint takes a path apart, "/logout" or "POST /logout", and makes its URL
// absolute.
func (p *parser) endpoint(e *browser.Endpoint, base string) {
	path := e.URL
	if method, rest, ok := strings.Cut(path, " "); ok {
		e.Method, path = method, rest
	}
	var err error
	if e.URL, err = p.realm.ResolveURL(path, base); err != nil {
		p.fail("the path %q is no path and no URL", path)
	}
}
