package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/authfetch/authfetch/server/wire"
)

// crossOrigin decides what a page of another origin may do. It is both halves
// of one matter: CORS tells the browser which pages may read an answer, and
// http.CrossOriginProtection refuses what a page may not even send.
//
// Echo's CORS middleware lets a foreign origin through without headers, which
// keeps the answer from the page but not the request from us.
type crossOrigin struct {
	allowed    []string // exact origins, as a browser spells them
	protection *http.CrossOriginProtection
}

// What a page of an allowed origin may send and read.
const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsExpose  = wire.HeaderChallenge + ", " + wire.HeaderRetryAfter + ", " + wire.HeaderDPoPNonce
	// corsMaxAge is what Chromium caps a preflight's life at, in seconds.
	corsMaxAge = "7200"
)

// corsHeaders is what a preflight allows when it does not say what it wants.
const corsHeaders = "Authorization, Content-Type, " + wire.HeaderDPoP + ", " + wire.HeaderAuthFetch

func newCrossOrigin(origins []string) (*crossOrigin, error) {
	c := &crossOrigin{protection: http.NewCrossOriginProtection()}
	for _, origin := range origins {
		if err := CheckOrigin(origin); err != nil {
			return nil, &ConfigError{"AllowedOrigins", err.Error()}
		}
		if err := c.protection.AddTrustedOrigin(origin); err != nil {
			return nil, &ConfigError{"AllowedOrigins", err.Error()}
		}
		c.allowed = append(c.allowed, origin)
	}
	return c, nil
}

// CheckOrigin wants an origin exactly as a browser sends it, RFC 6454 section
// 6.2, because it is compared byte for byte. The error says how to spell it.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	switch {
	case strings.Contains(origin, "*"):
		return fmt.Errorf("%q would let sites use the session of whoever visits them; list the origins of your pages", origin)
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return fmt.Errorf("%q is not an origin; write it like https://app.example.com", origin)
	case strings.HasSuffix(u.Host, ":"):
		return fmt.Errorf("%q has a colon without a port; leave it out", origin)
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }):
		return fmt.Errorf("%q has letters that browsers send in another form; write the host in ASCII, xn--…", origin)
	case (u.Scheme == "https" && u.Port() == "443") || (u.Scheme == "http" && u.Port() == "80"):
		return fmt.Errorf("%q names the default port, which browsers leave out; leave it out too", origin)
	case strings.ToLower(u.Scheme+"://"+u.Host) != origin:
		return fmt.Errorf("%q is not spelled as a browser sends it; write %q", origin, strings.ToLower(u.Scheme+"://"+u.Host))
	}
	return nil
}

// admit sets the CORS headers and refuses what a foreign page may not send. It
// reads nothing but headers, so it runs before any work and any database access.
// done reports that the request was a preflight and has been answered.
func (c *crossOrigin) admit(w http.ResponseWriter, r *http.Request) (done bool, f *failure) {
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	known := origin != "" && slices.Contains(c.allowed, origin)
	if known {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if isPreflight(r) {
		if !known {
			return false, foreign(nil)
		}
		c.preflight(w, r)
		return true, nil
	}
	if known {
		h.Set("Access-Control-Expose-Headers", corsExpose)
	}
	if err := c.protection.Check(r); err != nil {
		return false, foreign(err)
	}
	return false, nil
}

func foreign(cause error) *failure {
	return &failure{
		code:   wire.CSRFRejected,
		detail: "this origin may not use the API; if it is one of yours, add it to the server's allowed origins",
		cause:  cause,
	}
}

// isPreflight is the definition of the Fetch standard, "CORS-preflight request".
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" &&
		r.Header.Get("Access-Control-Request-Method") != ""
}

func (c *crossOrigin) preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", corsMethods)
	// The origin is trusted with the session, so it is trusted with headers: an
	// application's own ones work without another list to keep.
	wanted := strings.Join(r.Header.Values("Access-Control-Request-Headers"), ", ")
	if wanted == "" {
		wanted = corsHeaders
	}
	h.Set("Access-Control-Allow-Headers", wanted)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
}
