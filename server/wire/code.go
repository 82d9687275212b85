package wire

// Code names why a request was refused. It is the "code" member of a problem
// document, and it never changes its meaning.
type Code string

// The codes, with the status that each is sent with. The two of RFC 9449 are 400
// at the auth endpoints (sections 5 and 8), and 401 with a challenge where an
// access token is asked for (sections 7.1 and 9).
const (
	InvalidRequest         Code = "invalid_request"         // 400
	AmbiguousCookie        Code = "ambiguous_cookie"        // 400
	UseDPoPNonce           Code = "use_dpop_nonce"          // 400 or 401
	InvalidDPoPProof       Code = "invalid_dpop_proof"      // 400 or 401
	InvalidCredentials     Code = "invalid_credentials"     // 401
	InvalidToken           Code = "invalid_token"           // 401
	RefreshMissing         Code = "refresh_missing"         // 401
	RefreshMalformed       Code = "refresh_malformed"       // 401
	RefreshReused          Code = "refresh_reused"          // 401
	SessionRevoked         Code = "session_revoked"         // 401, with a Reason
	SessionExpired         Code = "session_expired"         // 401
	SessionUnknown         Code = "session_unknown"         // 401
	DPoPKeyMismatch        Code = "dpop_key_mismatch"       // 401
	CSRFRejected           Code = "csrf_rejected"           // 403
	WrongPassword          Code = "wrong_password"          // 403
	RegistrationClosed     Code = "registration_closed"     // 403
	NotFound               Code = "not_found"               // 404
	MethodNotAllowed       Code = "method_not_allowed"      // 405
	RequestTimeout         Code = "request_timeout"         // 408
	AccountSwitched        Code = "account_switched"        // 409
	RefreshSuperseded      Code = "refresh_superseded"      // 409
	EmailTaken             Code = "email_taken"             // 409
	PayloadTooLarge        Code = "payload_too_large"       // 413
	UnsupportedMediaType   Code = "unsupported_media_type"  // 415
	Throttled              Code = "throttled"               // 429
	RefreshStorm           Code = "refresh_storm"           // 429
	Internal               Code = "internal"                // 500
	TemporarilyUnavailable Code = "temporarily_unavailable" // 503
)

// Status is the HTTP status that the code is sent with, at the auth endpoints
// where that makes a difference, and 500 for a code that is not in the list.
func (c Code) Status() int {
	switch c {
	case InvalidRequest, AmbiguousCookie, UseDPoPNonce, InvalidDPoPProof:
		return 400
	case InvalidCredentials, InvalidToken, RefreshMissing, RefreshMalformed,
		RefreshReused, SessionRevoked, SessionExpired, SessionUnknown, DPoPKeyMismatch:
		return 401
	case CSRFRejected, WrongPassword, RegistrationClosed:
		return 403
	case NotFound:
		return 404
	case MethodNotAllowed:
		return 405
	case RequestTimeout:
		return 408
	case AccountSwitched, RefreshSuperseded, EmailTaken:
		return 409
	case PayloadTooLarge:
		return 413
	case UnsupportedMediaType:
		return 415
	case Throttled, RefreshStorm:
		return 429
	case TemporarilyUnavailable:
		return 503
	default:
		return 500
	}
}

// Codes lists every code, in the order of their statuses.
func Codes() []Code {
	return []Code{
		InvalidRequest, AmbiguousCookie, UseDPoPNonce, InvalidDPoPProof,
		InvalidCredentials, InvalidToken, RefreshMissing, RefreshMalformed,
		RefreshReused, SessionRevoked, SessionExpired, SessionUnknown, DPoPKeyMismatch,
		CSRFRejected, WrongPassword, RegistrationClosed,
		NotFound, MethodNotAllowed, RequestTimeout,
		AccountSwitched, RefreshSuperseded, EmailTaken,
		PayloadTooLarge, UnsupportedMediaType,
		Throttled, RefreshStorm,
		Internal, TemporarilyUnavailable,
	}
}

// Reason says how a session ended. It accompanies SessionRevoked.
type Reason string

// The reasons.
const (
	ReasonReuse          Reason = "reuse"           // a replaced refresh token came back
	ReasonLogout         Reason = "logout"          // the user signed out
	ReasonPasswordChange Reason = "password_change" // in another session
	ReasonDisabled       Reason = "disabled"        // the account was disabled or deleted
	ReasonAdmin          Reason = "admin"           // an operator ended it
	ReasonReplaced       Reason = "replaced"        // signed in again in the same browser
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{
		ReasonReuse, ReasonLogout, ReasonPasswordChange, ReasonDisabled, ReasonAdmin, ReasonReplaced,
	}
}
