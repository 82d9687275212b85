package main

import (
	"strings"

	"github.com/authfetch/authfetch/server"
)

// room is one way to keep two tokens. What is exported the pages are told.
type room struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	About string `json:"about"` // how the tokens come and where they stay

	// Keeps names the script of the victim's page that looks after the tokens.
	Keeps string `json:"keeps"`
	// Options are for createAuthFetch, in the rooms that use it.
	Options map[string]any `json:"options,omitempty"`
	// Strict rooms have the policy that a page should have.
	Strict bool `json:"strict"`

	base     string // path of the page: where script may not see its cookies elsewhere
	delivery delivery
	url      string // of the page, with a slash at the end
	auth     *server.Auth
}

// rooms lists them, the careless ones first.
func rooms() []*room {
	const memory, localStorage = "memory", "localStorage"
	return []*room{
		{
			ID: "local", Title: "localStorage", Keeps: "storage", delivery: inBody,
			About: "The article’s first workflow: both tokens come in the body, and the page puts them into localStorage.",
		},
		{
			ID: "session", Title: "sessionStorage", Keeps: "storage", delivery: inBody,
			About: "The same, but in sessionStorage: gone with the tab.",
		},
		{
			ID: "cookies", Title: "readable cookies", Keeps: "cookies", delivery: inReadableCookies,
			// Cookies know no ports: below a path of its own, no other room's script sees them.
			base:  "/cookies",
			About: "Both tokens in cookies without HttpOnly, because the page has to put the access token into a header.",
		},
		{
			ID: "httponly", Title: "HttpOnly cookies", Keeps: "classic", delivery: inHTTPOnlyCookies,
			About: "Both tokens in HttpOnly cookies. The API takes the access token from its cookie, as it did when sessions were cookies, and has to look for CSRF itself.",
		},
		{
			ID: "hybrid", Title: "hybrid", Keeps: "authfetch", delivery: asLibrary, Options: storage(localStorage),
			About: "What the article ends on: the access token in localStorage, the refresh token in an HttpOnly cookie. With authFetch.",
		},
		{
			ID: "memory", Title: "memory", Keeps: "authfetch", delivery: asLibrary, Options: storage(memory),
			About: "authFetch as it is by itself: the access token inside the module, the refresh token in an HttpOnly cookie.",
		},
		{
			ID: "b-local", Title: "hybrid, bound", Keeps: "authfetch", delivery: asLibrary, Options: bound(localStorage),
			About: "As hybrid, and the tokens name a key that the browser signs with and shows to nobody (dpop: true).",
		},
		{
			ID: "b-memory", Title: "memory, bound", Keeps: "authfetch", delivery: asLibrary, Options: bound(memory),
			About: "As memory, and the tokens are bound to such a key.",
		},
		{
			ID: "strict", Title: "memory, strict CSP", Keeps: "authfetch", delivery: asLibrary, Options: storage(memory), Strict: true,
			About: "The same, and the page has the policy of the demo: no inline script, no strings that become markup, nobody else to talk to.",
		},
	}
}

func storage(where string) map[string]any { return map[string]any{"storage": where} }

func bound(where string) map[string]any { return map[string]any{"storage": where, "dpop": true} }

// names are those of its cookies.
func (r *room) names() cookieNames {
	return cookieNames{access: "lab_" + r.ID + "_access", refresh: "lab_" + r.ID + "_refresh", path: r.base + "/"}
}

// origin is where it is served.
func (r *room) origin() string { return strings.TrimSuffix(r.url, r.base+"/") }
