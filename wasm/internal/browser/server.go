//go:build js && wasm

package browser

import (
	"cmp"
	"errors"
	"slices"
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
	// Fields names the members of an answer.
	Fields Fields
	// SessionOver lists what statuses beside 401 say that the session is over.
	SessionOver []int
}

// Fields holds the paths of members, as "data.token".
type Fields struct{ AccessToken, ExpiresIn, Code string }

// tokenType is the path of the token's type, which is beside the token.
func (f Fields) tokenType() string {
	end := len(f.AccessToken)
	for end > 0 && f.AccessToken[end-1] != '.' {
		end--
	}
	return f.AccessToken[:end] + wire.FieldTokenType
}

var _ session.Server = (*Server)(nil)

var errNoToken = errors.New("the answer holds no access token")

// Login posts the credentials, which are the JSON that [Realm.JSON] has made.
func (s *Server) Login(credentials any) (session.Grant, error) {
	headers := s.headers("")
	_ = headers.Set("Content-Type", wire.TypeJSON)
	response, err := s.exchange(s.API.Endpoints.Login, headers, "body", credentials)
	if err != nil {
		return session.Grant{}, err
	}
	grant, err := s.grant(response)
	if refusal, ok := errors.AsType[*session.Error](err); ok && refusal.Code == session.CodeRefreshFailed {
		switch refusal.Status {
		case 400, 401, 403, 422: // the usual ones, where the server does not say why
			refusal.Code = wire.InvalidCredentials
		}
	}
	return grant, err
}

// Refresh rotates the cookie. The request outlives the page, and nothing aborts
// it: the server has rotated by the time that it answers, and a browser that did
// not take the answer would be left with the old cookie.
func (s *Server) Refresh(old session.AccessToken) (session.Grant, error) {
	response, err := s.exchange(s.API.Endpoints.Refresh, s.headers(old), "keepalive", true)
	if err != nil {
		return session.Grant{}, err
	}
	grant, err := s.grant(response)
	if refusal, ok := s.over(err); ok {
		refusal.Over = true
		if refusal.Code == session.CodeRefreshFailed {
			refusal.Code = session.CodeSessionOver
		}
	}
	return grant, err
}

// Logout revokes the session: of the cookie alone where the server will not have
// the access token, which may have expired.
func (s *Server) Logout(old session.AccessToken) error {
	response, err := s.exchange(s.API.Endpoints.Logout, s.headers(old), "keepalive", true)
	if err != nil {
		return err
	}
	_, err = s.body(response)
	if _, refused := s.over(err); refused && old != "" {
		return s.Logout("")
	}
	return err
}

// over returns the refusal that err is, if its status says that the session is over.
func (s *Server) over(err error) (refusal *session.Error, ok bool) {
	refusal, ok = errors.AsType[*session.Error](err)
	return refusal, ok && (refusal.Status == 401 || slices.Contains(s.SessionOver, refusal.Status))
}

// End revokes further sessions. The Authorization field says whose: the cookie
// has no part in it.
func (s *Server) End(token session.AccessToken, scope session.Scope) (session.Answer, error) {
	endpoint := s.API.Endpoints.Sessions
	if scope == session.AllSessions {
		mark := "?"
		if strings.Contains(endpoint.URL, mark) {
			mark = "&"
		}
		endpoint.URL += mark + wire.QueryScope + "=" + wire.ScopeAll
	}
	response, err := s.exchange(endpoint, s.headers(token), "keepalive", true)
	if err != nil {
		return session.Answer{}, err
	}
	return s.API.answer(response), nil
}

func (s *Server) headers(old session.AccessToken) safejs.Value {
	headers := s.API.realm.record("Accept", wire.TypeJSON, wire.HeaderAuthFetch, wire.HeaderAuthFetchValue)
	if old != "" {
		_ = headers.Set(wire.HeaderAuthorization, s.API.authorization(old))
	}
	return headers
}

// exchange sends one request to an auth endpoint, with more members of fetch's
// init as names and values.
func (s *Server) exchange(endpoint Endpoint, headers safejs.Value, more ...any) (safejs.Value, error) {
	r := s.API.realm
	init := r.record(append([]any{
		"method", endpoint.Method, "headers", headers, "credentials", "include", "cache", "no-store",
		// Wherever a redirect leads, the token and the credentials are not meant for it.
		"redirect", "error",
	}, more...)...)
	promise, err := s.API.invoke(endpoint.URL, init)
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
	token := Text(r.member(body, s.Fields.AccessToken))
	if !isToken(token) {
		return session.Grant{}, &session.Error{
			Code: session.CodeRefreshFailed, Status: r.status(response), Cause: errNoToken,
		}
	}
	if s.API.Bound() && !isDPoP(Text(r.member(body, s.Fields.tokenType()))) {
		return session.Grant{}, &session.Error{Code: session.CodeNotBound, Status: r.status(response)}
	}
	return session.Grant{
		AccessToken: session.AccessToken(token),
		Life:        r.seconds(r.member(body, s.Fields.ExpiresIn)),
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
	return safejs.Undefined(), &session.Error{
		Code:       cmp.Or(wire.Code(Text(r.member(body, s.Fields.Code))), session.CodeRefreshFailed),
		Status:     status,
		Reason:     wire.Reason(Text(r.Property(body, wire.FieldReason))),
		RetryAfter: r.retryAfter(response),
	}
}

// member reads a member of what JSON.parse has made, by its path; undefined where
// there is none.
func (r *Realm) member(v safejs.Value, path string) safejs.Value {
	for more := true; more; {
		var name string
		name, path, more = strings.Cut(path, ".")
		v = r.Property(v, name)
	}
	return v
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
