//go:build js && wasm

package browser

import (
	"errors"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// Server reaches the auth endpoints of an API through fetch. It implements
// [session.Server].
type Server struct {
	API *API
	// AccessToken and ExpiresIn name the fields of an answer.
	AccessToken, ExpiresIn string
}

var _ session.Server = (*Server)(nil)

var errNoToken = errors.New("the answer holds no access token")

// Login posts the credentials, which are the JSON that [Realm.JSON] has made.
func (s *Server) Login(credentials any) (session.Grant, error) {
	headers := s.headers("")
	_ = headers.Set("Content-Type", wire.TypeJSON)
	response, err := s.exchange(s.API.Endpoints.Login, "POST", headers, "body", credentials)
	if err != nil {
		return session.Grant{}, err
	}
	return s.grant(response)
}

// Refresh rotates the cookie. The request outlives the page, and nothing aborts
// it: the server has rotated by the time that it answers, and a browser that did
// not take the answer would be left with the old cookie.
func (s *Server) Refresh(old session.AccessToken) (session.Grant, error) {
	response, err := s.exchange(s.API.Endpoints.Refresh, "POST", s.headers(old), "keepalive", true)
	if err != nil {
		return session.Grant{}, err
	}
	return s.grant(response)
}

// Logout revokes the session.
func (s *Server) Logout(old session.AccessToken) error {
	response, err := s.exchange(s.API.Endpoints.Logout, "DELETE", s.headers(old), "keepalive", true)
	if err != nil {
		return err
	}
	_, err = s.body(response)
	return err
}

// End revokes further sessions. The Authorization field says whose: the cookie
// has no part in it.
func (s *Server) End(token session.AccessToken, scope session.Scope) (session.Answer, error) {
	url := s.API.Endpoints.Sessions
	if scope == session.AllSessions {
		mark := "?"
		if strings.Contains(url, mark) {
			mark = "&"
		}
		url += mark + wire.QueryScope + "=" + wire.ScopeAll
	}
	response, err := s.exchange(url, "DELETE", s.headers(token), "keepalive", true)
	if err != nil {
		return session.Answer{}, err
	}
	return s.API.answer(response), nil
}

func (s *Server) headers(old session.AccessToken) safejs.Value {
	headers := s.API.realm.record("Accept", wire.TypeJSON, wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
	if old != "" {
		_ = headers.Set(wire.HeaderAuthorization, bearer(old))
	}
	return headers
}

// exchange sends one request to an auth endpoint, with more members of fetch's
// init as names and values.
func (s *Server) exchange(url, method string, headers safejs.Value, more ...any) (safejs.Value, error) {
	r := s.API.realm
	init := r.record(append([]any{
		"method", method, "headers", headers, "credentials", "include", "cache", "no-store",
		// Wherever a redirect leads, the token and the credentials are not meant for it.
		"redirect", "error",
	}, more...)...)
	promise, err := s.API.invoke(url, init)
	if err != nil {
		return safejs.Undefined(), err
	}
	return r.Await(promise)
}

// grant reads the tokens of an answer.
func (s *Server) grant(response safejs.Value) (session.Grant, error) {
	r := s.API.realm
	body, err := s.body(response)
	if err != nil {
		return session.Grant{}, err
	}
	token := Text(r.Property(body, s.AccessToken))
	if !isToken(token) {
		return session.Grant{}, &session.Error{
			Code: session.CodeRefreshFailed, Status: r.status(response), Cause: errNoToken,
		}
	}
	return session.Grant{
		AccessToken: session.AccessToken(token),
		Life:        r.seconds(r.Property(body, s.ExpiresIn)),
		Claims:      r.Claims(token),
	}, nil
}

// body reads the JSON of an answer, undefined where it is none. A status other
// than 2xx is an error.
func (s *Server) body(response safejs.Value) (safejs.Value, error) {
	r := s.API.realm
	promise, err := r.call(responseText, response)
	if err != nil {
		return safejs.Undefined(), err
	}
	raw, err := r.Await(promise)
	if err != nil {
		return safejs.Undefined(), err
	}
	body, err := r.call(jsonParse, raw)
	if err != nil {
		body = safejs.Undefined() // not JSON: a proxy's page, or nothing
	}
	status := r.status(response)
	if status >= 200 && status < 300 {
		return body, nil
	}
	refusal := &session.Error{
		Code:       wire.Code(Text(r.Property(body, wire.FieldCode))),
		Status:     status,
		Reason:     wire.Reason(Text(r.Property(body, wire.FieldReason))),
		RetryAfter: r.retryAfter(response),
	}
	if refusal.Code == "" {
		refusal.Code = session.CodeRefreshFailed
		if status == 401 {
			refusal.Code = session.CodeSessionOver
		}
	}
	return safejs.Undefined(), refusal
}

// retryAfter reads the Retry-After field, RFC 9110 section 10.2.3: seconds or a
// date. Zero where there is none.
func (r *Realm) retryAfter(response safejs.Value) (seconds float64) {
	const longest = 24 * 3600 // whoever says more has made a mistake
	field := r.header(response, wire.HeaderRetryAfter)
	if field == "" {
		return 0
	}
	s, ok := r.number(field)
	if !ok {
		date, err := r.call(dateParse, field)
		if err != nil {
			return 0
		}
		ms, _ := Number(date)
		s = ms/1000 - time.Duration(r.Clock().Now().Wall).Seconds()
	}
	return limited(s, longest)
}

// seconds reads a lifetime in seconds, a number or its text; zero where v is
// neither.
func (r *Realm) seconds(v safejs.Value) session.Span {
	const longest = 10 * 365 * 24 * 3600
	s, _ := r.number(v)
	return session.Span(limited(s, longest) * float64(time.Second))
}

// number reads a number or its text, as the page would.
func (r *Realm) number(v any) (n float64, ok bool) {
	converted, err := r.call(toNumber, v)
	if err != nil {
		return 0, false
	}
	n, ok = Number(converted)
	return n, ok && n == n // not NaN
}

// limited is n, from zero to longest.
func limited(n, longest float64) float64 {
	if !(n > 0) { // NaN included
		return 0
	}
	return min(n, longest)
}
