package server

import (
	"net/http"
	"time"
)

// refreshCookie is the refresh cookie of the deployment: the one that it sets,
// and while it changes profiles, the one that browsers may still have.
type refreshCookie struct {
	current  cookieSpec
	previous []cookieSpec // none or one
}

// read returns the refresh tokens that came along, those of the current cookie
// first. Which of several counts is the engine's decision.
func (c refreshCookie) read(h http.Header) []string {
	values := c.current.read(h)
	for _, old := range c.previous {
		if old.name != c.current.name { // else they have been read
			values = append(values, old.read(h)...)
		}
	}
	return values
}

// set replaces what the browser had. The old cookie is deleted first: a browser
// that knows no partitions, or makes no difference between a host and a domain of
// the same name, takes both for one, and must end up with the new one.
func (c refreshCookie) set(h http.Header, value string, left time.Duration) {
	for _, old := range c.previous {
		old.remove(h)
	}
	c.current.set(h, value, left)
}

// remove deletes both. Only logout does.
func (c refreshCookie) remove(h http.Header) {
	for _, old := range c.previous {
		old.remove(h)
	}
	c.current.remove(h)
}
