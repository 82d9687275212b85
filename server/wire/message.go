package wire

// Credentials is the body of a login.
type Credentials struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Token is the answer to a login and to a refresh, RFC 6749 section 5.1. The
// refresh token is not in it: that travels in the cookie.
type Token struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"` // SchemeBearer, or SchemeDPoP where it is bound to a key
	ExpiresIn   int64  `json:"expires_in"` // seconds
}

// User is the answer of GET /users/me.
type User struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Name      string `json:"name"`
	CreatedAt string `json:"created_at"` // RFC 3339, UTC
}

// Session is one of the user's sessions. It holds no token and no part of one.
type Session struct {
	ID         string `json:"id"`
	CreatedAt  string `json:"created_at"`   // the sign-in; RFC 3339, UTC
	LastUsedAt string `json:"last_used_at"` // RFC 3339, UTC
	UserAgent  string `json:"user_agent"`   // as the browser called itself when it last refreshed
	Address    string `json:"address"`      // from where it did
	Current    bool   `json:"current"`      // the one that asks
}

// Sessions is the answer of GET /auth/sessions, the newest sign-in first.
type Sessions struct {
	Sessions []Session `json:"sessions"`
}

// PasswordChange is the body of PUT /users/me/password.
type PasswordChange struct {
	OldPassword string `json:"old_password"`
	NewPassword string `json:"new_password"`
}

// Registration is the body of POST /users, which answers with a User.
type Registration struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Name     string `json:"name"`
}

// Problem is the body of every refusal, RFC 9457 section 3.
type Problem struct {
	Type   string `json:"type"` // always "about:blank": Code tells the kind
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"` // for a person; what to do next
	Code   Code   `json:"code"`
	Reason Reason `json:"reason,omitempty"` // with SessionRevoked
}

// Health is the answer of the two health paths.
type Health struct {
	Status  string `json:"status"`            // "ok", or "unavailable" with status 503
	Missing string `json:"missing,omitempty"` // what that is for: MissingDatabase or MissingKey
}

// What a server is not ready for want of.
const (
	MissingDatabase = "database"    // it cannot be reached, or not in time
	MissingKey      = "signing_key" // none can be used
)
