package session

import "time"

// AccessToken is the bearer token of RFC 6750. It prints as a fixed text, so
// that none ever reaches a log; convert it to a string to send it.
type AccessToken string

const redacted = "[access token]"

// String hides the token.
func (AccessToken) String() string { return redacted }

// GoString hides the token from %#v.
func (AccessToken) GoString() string { return redacted }

// MarshalJSON hides the token.
func (AccessToken) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Grant is what the server issued at a login or a refresh.
type Grant struct {
	AccessToken AccessToken
	// Life is the expires_in of the answer. Zero: it named none, and the
	// token's own exp is used where it has one. Negative: it is over.
	Life   Span
	Claims Claims
}

// Claims is what the access token says of itself, unverified: the page only
// shows it. A token that is no JWT has none.
type Claims struct {
	Subject   string
	ExpiresAt Wall // zero: the token does not say
	// Value is the whole set as the page's language has it.
	Value any
}

// Session is what the page may know of its session.
type Session struct {
	Claims    Claims
	ExpiresAt Wall // of the access token; zero: unknown
}

// Stored is an access token as a [Storage] keeps it.
type Stored struct {
	AccessToken AccessToken // empty: nothing is stored
	ExpiresAt   Wall        // zero: unknown
	Login       int64       // the ID of the mark that it belongs to; zero: unknown
	Claims      Claims      // read from the token; not kept for itself
}

// of reports whether the token may belong to what the browser's mark says.
func (s Stored) of(mark Mark) bool {
	return s.Login == 0 || mark.ID == 0 || s.Login == mark.ID
}

func (s Stored) grant(now Instant) Grant {
	g := Grant{AccessToken: s.AccessToken, Claims: s.Claims}
	if s.ExpiresAt != 0 {
		g.Life = Span(lifeUntil(s.ExpiresAt, now))
	}
	return g
}

// token is the access token in use.
type token struct {
	value    AccessToken
	claims   Claims
	sequence uint64
	user     uint64
	received Instant
	life     time.Duration // zero: unknown, only a 401 tells; negative: it was over when received
	dead     bool          // the API has said that it is not valid any more
}

func newToken(g Grant, now Instant, sequence, user uint64) token {
	life := time.Duration(g.Life)
	if life == 0 && g.Claims.ExpiresAt != 0 {
		life = lifeUntil(g.Claims.ExpiresAt, now)
	}
	return token{
		value:    g.AccessToken,
		claims:   g.Claims,
		sequence: sequence,
		user:     user,
		received: now,
		life:     life,
	}
}

// lifeUntil is the life of a token that ends then, which is never zero: that
// would mean that nobody knows.
func lifeUntil(end Wall, now Instant) time.Duration {
	if life := end.since(now.Wall); life != 0 {
		return life
	}
	return -1
}

// expired reports whether the token's life is over, or will be within margin.
func (t token) expired(now Instant, margin time.Duration) bool {
	return t.life != 0 && now.since(t.received) >= t.life-margin
}

// margin is how long before its expiry the token is to be refreshed.
func (t token) margin(p Policy) time.Duration {
	switch {
	case p.Margin < 0:
		return 0
	case p.Margin > 0:
		return min(p.Margin, t.life/2)
	default:
		return min(30*time.Second, t.life/10)
	}
}

func (t token) expiresAt() Wall {
	if t.life == 0 {
		return 0
	}
	return t.received.Wall.add(t.life)
}
