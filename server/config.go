package server

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

// Config says how an Auth works. What is not required has a zero value that is
// the safe choice.
type Config struct {
	// Issuer is the URL that access tokens name as their issuer, such as
	// "https://api.example.com". Required. Changing it signs everybody out.
	Issuer string

	// Store keeps sessions, signing keys and what else outlives the process, see
	// store/sqlitestore. Required.
	Store Store

	// Secrets protect refresh tokens and signing keys, see package secret.
	// Required. Losing them signs everybody out.
	Secrets secret.Set

	// Authenticate returns the user whose email address and password these are.
	// Required. An error that wraps account.ErrInvalidCredentials refuses the
	// login; any other error is answered with 503, as trouble of ours.
	//
	// It has to take the same time for an unknown user as for a wrong password:
	// account.Service.Authenticate does.
	//
	// A login that is under way while the password changes begins a session with the
	// old one, unless this and Users.Find return a User.PasswordID: then it is
	// answered with 503, and the next attempt tells.
	Authenticate func(ctx context.Context, email, password string) (User, error)

	// AllowedOrigins are the origins, other than the server's own, whose pages may
	// use the API, exactly as a browser sends them: "https://app.example.com".
	// Empty: none.
	AllowedOrigins []string

	Users  UserConfig  // what else the server may do with users. Zero: it signs them in
	Tokens TokenConfig // how long tokens live. Zero: as the fields say
	HTTP   HTTPConfig  // what the server looks like from outside. Zero: as the fields say
	DPoP   DPoPConfig  // whether tokens are bound to a key of the client. Zero: they are not

	// Throttle says how much guessing of passwords is let through. Zero: ten
	// failures for an account and a hundred for an address in 15 minutes.
	Throttle ThrottlePolicy

	// Observer hears of logins, refreshes and whatever else happens to sessions,
	// for metrics and for an audit log; see Observers. Zero: NewAudit with the
	// logger of HTTP, so that a stolen token never goes unnoticed by mistake.
	Observer Observer

	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// Store keeps what outlives the process.
type Store interface {
	rotation.Store
	token.KeyStore
	account.ThrottleStore
	dpop.Replays
}

// User is somebody who can sign in. A password hash is no part of it.
type User = account.User

// UserConfig connects the server to the application's users.
type UserConfig struct {
	// Find returns a user by id, for GET /users/me; an error that wraps
	// account.ErrNotFound means that there is none, any other is answered with 503.
	// Zero: that route is left to the application.
	Find func(ctx context.Context, id string) (User, error)

	// Claims returns the application's own claims for a new access token, at
	// login and at every refresh. An error is answered with 503, and so nothing is
	// lost; claims that token.CheckExtra refuses are answered with 500. Zero: none.
	Claims func(ctx context.Context, userID string) (map[string]any, error)

	// Register makes an account, for POST /users: account.Service.Add does. The
	// password has 8 to 256 characters when it comes; what else is wanted is for
	// Register to check. An error that wraps account.ErrEmailTaken,
	// ErrInvalidEmail, ErrInvalidName or ErrInvalidPassword is told to the client,
	// any other is answered with 503. Zero: registration is closed, 403.
	Register func(ctx context.Context, n account.NewUser) (User, error)

	// ChangePassword replaces a user's password, for PUT /users/me/password:
	// account.Service.ChangePassword does. An error that wraps
	// account.ErrInvalidCredentials says that the old password is wrong, one that
	// wraps ErrInvalidPassword that the new one will not do; any other is answered
	// with 503. Sessions other than keepSessionID end with the change, or by the
	// server right afterwards. Zero: that route is left to the application.
	ChangePassword func(ctx context.Context, userID, oldPassword, newPassword, keepSessionID string) error
}

// TokenConfig says how long tokens live, and which are still taken.
type TokenConfig struct {
	Audience    string          // aud of access tokens. Zero: the issuer
	Algorithm   token.Algorithm // of new signing keys. Zero: ES256
	AccessTTL   time.Duration   // life of an access token. Zero: 5 minutes
	IdleTTL     time.Duration   // life of a session that is not refreshed. Zero: 30 days
	AbsoluteTTL time.Duration   // life of a session, refreshed or not. Zero: 90 days
	Grace       time.Duration   // how long a replaced refresh token is still taken as a retry. Zero: 30 seconds
	Leeway      time.Duration   // how far clocks may be apart. Zero: 30 seconds; negative: none

	// RestoredAt is when the database was restored from a backup, or a standby took
	// over that lacked the last writes. Sessions go on from refresh tokens that are
	// newer than the database; rotation.Decide says what that is worth to a thief.
	// It must not be in the future. Zero: such tokens are refused.
	RestoredAt time.Time

	// RotateKeysEvery is how long a signing key signs before Maintain replaces it.
	// Zero: 30 days; negative: keys are replaced by hand only, see Auth.Keys.
	RotateKeysEvery time.Duration
}

// HTTPConfig says what the server looks like from outside.
type HTTPConfig struct {
	// Prefix is the path under which a browser reaches the API. Zero: "/api".
	Prefix string

	// Cookie is what the refresh cookie looks like. Zero: CookieHost.
	Cookie CookieConfig

	// TrustedProxies are the addresses whose X-Forwarded-For and
	// X-Forwarded-Proto are believed. Empty: nobody's.
	TrustedProxies []netip.Prefix

	// Logger receives a record for each request, each refusal and each trouble;
	// what happens to sessions is for the Observer. No record contains a token, a
	// password or a cookie. Zero: slog.Default().
	Logger *slog.Logger
}

// ConfigError names the option that is wrong and says what to do.
type ConfigError struct {
	Option string // as in Config: "HTTP.Cookie.Custom.Domain"
	Text   string // in lower case, to follow the option: "is required: …"
}

// Error names the option, and says what to do.
func (e *ConfigError) Error() string { return fmt.Sprintf("server: config: %s: %s", e.Option, e.Text) }

// withDefaults returns the configuration with nothing left to guess, or an
// error that names the first option that is wrong.
func (c Config) withDefaults() (Config, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := c.check(); err != nil {
		return Config{}, err
	}
	c.DPoP.Mode = cmp.Or(c.DPoP.Mode, DPoPOff)
	c.HTTP.Prefix = cmp.Or(c.HTTP.Prefix, wire.DefaultPrefix)
	if c.HTTP.Logger == nil {
		c.HTTP.Logger = slog.Default()
	}
	if c.Observer == nil {
		c.Observer = NewAudit(c.HTTP.Logger)
	}
	return c, nil
}
