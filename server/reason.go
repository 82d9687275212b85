package server

import "github.com/authfetch/authfetch/server/wire"

// endedDetail tells a person how their session ended, and what to do now.
func endedDetail(reason wire.Reason) string {
	switch reason {
	case wire.ReasonReuse:
		return "a refresh token of this session was used twice, perhaps by somebody else, so the session was ended; sign in again"
	case wire.ReasonLogout:
		return "this session was signed out; sign in again"
	case wire.ReasonPasswordChange:
		return "the password was changed in another session, which ended this one; sign in with the new password"
	case wire.ReasonDisabled:
		return "the account is disabled; ask whoever runs this service"
	case wire.ReasonAdmin:
		return "an operator has ended this session; sign in again"
	case wire.ReasonReplaced:
		return "this browser has signed in again, which ended this session; reload the page, or sign in again"
	default:
		return "the session was ended; sign in again"
	}
}
