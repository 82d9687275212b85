// Package wire is the contract between the page and the server: paths, header
// names, field names and codes, each written down once.
//
// Both sides import it: the server to answer, the module in the page to ask.
// It imports nothing, so that it weighs nothing in the module. Golden files in
// testdata pin the JSON, because a page that was loaded last week has to
// understand the server of today.
package wire

// The default prefix of the API, and what follows it.
const (
	DefaultPrefix = "/api"

	PathAuth     = "/auth"          // POST signs in, DELETE signs out
	PathRefresh  = "/auth/refresh"  // POST rotates the refresh token
	PathMe       = "/users/me"      // GET answers with the user of the access token
	PathSessions = "/auth/sessions" // GET lists, DELETE ends the others; with an id behind it, that one
	PathUsers    = "/users"         // POST registers
	PathPassword = "/users/me/password"
)

// The query of DELETE /auth/sessions: by itself it ends the other sessions, with
// ?scope=all all of them.
const (
	QueryScope = "scope"
	ScopeAll   = "all"
)

// Paths outside the prefix.
const (
	PathJWKS   = "/.well-known/jwks.json" // RFC 7517 section 5
	PathHealth = "/healthz"
	PathReady  = "/readyz"
)

// Header names that are ours, or that both sides spell.
const (
	// HeaderAuthFetch marks a request as made by script that CORS let through:
	// a foreign page cannot set it without a preflight.
	HeaderAuthFetch      = "X-Auth-Fetch"
	HeaderAuthFetchValue = "1"

	HeaderAuthorization = "Authorization"
	HeaderChallenge     = "WWW-Authenticate"
	HeaderRetryAfter    = "Retry-After"
	HeaderDPoP          = "DPoP"       // RFC 9449 section 4.1
	HeaderDPoPNonce     = "DPoP-Nonce" // RFC 9449 section 8

	// Both are compared without regard to case, and either is a token_type too.
	SchemeBearer = "Bearer" // RFC 6750 section 2.1
	SchemeDPoP   = "DPoP"   // RFC 9449 section 7.1: the token is bound to a key
)

// Media types.
const (
	TypeJSON    = "application/json"
	TypeProblem = "application/problem+json" // RFC 9457 section 3
)

// Names of the fields that both sides read or write.
const (
	FieldEmail       = "email"
	FieldPassword    = "password"
	FieldOldPassword = "old_password"
	FieldNewPassword = "new_password"
	FieldAccessToken = "access_token" // RFC 6749 section 5.1
	FieldTokenType   = "token_type"   // RFC 6749 section 5.1
	FieldExpiresIn   = "expires_in"   // RFC 6749 section 5.1, in seconds
	FieldCode        = "code"
	FieldReason      = "reason"
)

// Errors of a challenge, RFC 6750 section 3.1 and RFC 9449 sections 7.1 and 9.
const (
	ChallengeInvalidToken      = "invalid_token"
	ChallengeInsufficientScope = "insufficient_scope"
	ChallengeUseDPoPNonce      = "use_dpop_nonce"
	ChallengeInvalidDPoPProof  = "invalid_dpop_proof"
)
