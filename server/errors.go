package server

import (
	"context"
	"errors"
	"time"

	"github.com/authfetch/authfetch/server/account"
	"github.com/authfetch/authfetch/server/dpop"
	"github.com/authfetch/authfetch/server/internal/bearer"
	"github.com/authfetch/authfetch/server/internal/bound"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

const internalDetail = "something went wrong on the server; it has been logged"

// refusals maps errors of the packages behind to what the client is told. The
// first entry that the error wraps counts.
func refusals() []refusal {
	const invalid = wire.ChallengeInvalidToken
	return []refusal{
		{rotation.ErrMissing, failure{code: wire.RefreshMissing, detail: "no refresh cookie came along; sign in"}},
		{rotation.ErrAmbiguous, failure{code: wire.AmbiguousCookie, detail: "refresh cookies of two live sessions came along; sign out, which ends both, and sign in again"}},
		{rotation.ErrMalformed, failure{code: wire.RefreshMalformed, challenge: invalid, detail: "the refresh token is not one of this server; sign in again"}},
		{rotation.ErrUnknown, failure{code: wire.SessionUnknown, challenge: invalid, detail: "the server does not know this session; sign in again"}},
		{rotation.ErrRevoked, failure{code: wire.SessionRevoked, challenge: invalid}}, // endedDetail says how
		{rotation.ErrExpired, failure{code: wire.SessionExpired, challenge: invalid, detail: "the session has expired; sign in again"}},
		{rotation.ErrReused, failure{code: wire.RefreshReused, challenge: invalid, detail: "the refresh token was used before, perhaps by somebody else, so the session was ended; sign in again"}},
		{rotation.ErrSwitched, failure{code: wire.AccountSwitched, detail: "the access token is of another account than the cookie; drop it and refresh without one"}},
		{rotation.ErrSuperseded, failure{code: wire.RefreshSuperseded, detail: "the refresh token was replaced while this request was on its way; refresh once more"}},
		{rotation.ErrStorm, failure{code: wire.RefreshStorm, retryAfter: time.Minute, detail: "the same refresh token came too often; check the client for a loop"}},
		{rotation.ErrUnproven, failure{code: wire.InvalidDPoPProof, detail: bearer.DetailProof}},
		{rotation.ErrMismatched, failure{code: wire.DPoPKeyMismatch, challenge: invalid, scheme: wire.SchemeDPoP, detail: "the session is bound to another key than the proof's; sign in again"}},
		{bound.ErrToken, failure{code: wire.InvalidToken, challenge: invalid, detail: bearer.DetailBinding}},
		{dpop.ErrNonce, failure{code: wire.UseDPoPNonce, detail: bearer.DetailNonce}},
		{dpop.ErrInvalid, failure{code: wire.InvalidDPoPProof, detail: bearer.DetailProof}},
		{dpop.ErrUnavailable, unavailable()},
		{rotation.ErrDisabled, failure{code: wire.InvalidCredentials, detail: credentialsDetail}},
		{account.ErrInvalidCredentials, failure{code: wire.InvalidCredentials, detail: credentialsDetail}},
		{account.ErrThrottled, failure{code: wire.Throttled, detail: "too many attempts have failed, or are under way; wait, then try again"}},
		{account.ErrEmailTaken, failure{code: wire.EmailTaken, detail: "somebody has an account with this email address; sign in, or use another one"}},
		{account.ErrInvalidEmail, failure{code: wire.InvalidRequest, detail: `the field "email" has to be an email address like name@example.com`}},
		{account.ErrInvalidName, failure{code: wire.InvalidRequest, detail: `the field "name" has to be one line of text, of at most 256 characters`}},
		{token.ErrInvalid, failure{code: wire.InvalidToken, challenge: invalid, detail: "the access token is not valid here; sign in again"}},
		{account.ErrBusy, unavailable()},
		{rotation.ErrUnavailable, unavailable()},
		{errApplication, unavailable()},
		{context.DeadlineExceeded, unavailable()},
		{context.Canceled, unavailable()},
	}
}

type refusal struct {
	err     error
	failure failure
}

const credentialsDetail = "no account has this email address and password"

func unavailable() failure {
	return failure{code: wire.TemporarilyUnavailable, retryAfter: 2 * time.Second, detail: "the server cannot answer this right now; to try again is safe"}
}

// failureFor is what the client is told about an error. One that is not in the
// table is ours: the log has it, the client learns nothing.
func failureFor(err error) *failure {
	f := failure{code: wire.Internal, detail: internalDetail}
	for _, r := range refusals() {
		if errors.Is(err, r.err) {
			f = r.failure
			break
		}
	}
	f.cause = err
	var throttled *account.ThrottleError
	if errors.As(err, &throttled) {
		f.retryAfter = throttled.RetryAfter
	}
	var ended *rotation.Refusal
	if errors.As(err, &ended) && f.code == wire.SessionRevoked {
		f.reason, f.detail = ended.Reason, endedDetail(ended.Reason)
	}
	return &f
}
