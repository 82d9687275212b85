package rotation

import (
	"crypto/subtle"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// Presented is what a client asks with: a refresh token whose signature held,
// and what the access token sent along proves.
type Presented struct {
	Token  Token
	Access *Access // nil: none was sent along
}

// Access is what a genuine access token proves about its holder, expired or not.
type Access struct {
	UserID     string
	SessionID  string
	Generation int64
}

// Outcome is what happens to a presented refresh token.
type Outcome string

// The outcomes. Begun is a sign-in; the three after it are answered with a
// refresh token, the others with the error of the Decision.
const (
	Begun      Outcome = "begun"
	Rotated    Outcome = "rotated"    // a new generation
	Replayed   Outcome = "replayed"   // the current generation once more, for a parallel request
	Recovered  Outcome = "recovered"  // the same, for an answer that was lost
	Stormed    Outcome = "stormed"    // ErrStorm
	Reused     Outcome = "reused"     // ErrReused
	Superseded Outcome = "superseded" // ErrSuperseded
	Switched   Outcome = "switched"   // ErrSwitched
	Expired    Outcome = "expired"    // ErrExpired
	Revoked    Outcome = "revoked"    // ErrRevoked
	Unknown    Outcome = "unknown"    // ErrUnknown
)

// Decision is what happens, and what the store has to change for it.
type Decision struct {
	Outcome Outcome
	Err     error // nil, or a *Refusal
	// Change is what the store applies before the answer goes out. The Nonce of
	// a rotation is still missing, because Decide makes nothing random.
	Change Change
}

// Decide says what happens to a presented refresh token. It is pure: the same
// arguments give the same decision. The zero Record stands for a session that
// the store does not have, and the policy is one WithDefaults has filled in.
//
// The first row that applies decides. Rows 9, 11, 12 and 14 to 16 are not about
// one genuine token, and are decided before.
//
//	13  newer than the record, or its generation with another nonce  Unknown
//	 6  session revoked                                              Revoked, its reason
//	 7  idle or absolute lifetime over                               Expired
//	 8  user disabled                                                Revoked, "disabled"
//	10  the access token is another user's                           Switched
//	 1  current generation                                           Rotated
//	 2  previous one, within the grace                               Replayed
//	 3  as 2 and 4, over MaxReplays times                            Stormed
//	 4  previous one, later, its successor never seen used           Recovered
//	 5b the one before it, both rotations within the grace           Superseded
//	 5  any other older generation                                   Reused
//
// The order tells an outsider least and an owner most: what is unknown, then what
// has ended, then whose it is, then how old it is.
func Decide(rec Record, presented Presented, now time.Time, policy Policy) Decision {
	switch {
	case unknown(rec, presented.Token):
		return refuse(Unknown, ErrUnknown)
	case !rec.RevokedAt.IsZero():
		return revoked(rec.Reason)
	case !now.Before(rec.IdleExpiresAt), !now.Before(rec.ExpiresAt):
		return refuse(Expired, ErrExpired)
	case rec.UserDisabled:
		return revoked(wire.ReasonDisabled)
	case presented.Access != nil && presented.Access.UserID != rec.UserID:
		// Whoever presents the current token has received it, even though this
		// request comes to nothing.
		return Decision{Switched, &Refusal{Err: ErrSwitched}, see(rec, presented, now)}
	}
	switch rec.Generation - presented.Token.Generation {
	case 0:
		return Decision{Outcome: Rotated, Change: Change{
			Kind: Rotate, At: now, IdleExpiresAt: policy.idleEnd(now, rec.ExpiresAt),
		}}
	case 1:
		return decidePrevious(rec, presented, now, policy)
	case 2:
		if now.Sub(rec.RotatedAt) <= policy.Grace && now.Sub(rec.PreviousRotatedAt) <= policy.Grace {
			return refuse(Superseded, ErrSuperseded)
		}
	}
	return reused(now)
}

// decidePrevious is for the token that the current one has replaced.
func decidePrevious(rec Record, presented Presented, now time.Time, policy Policy) Decision {
	outcome, age := Replayed, now.Sub(rec.RotatedAt)
	if age > policy.Grace {
		outcome = Recovered
		patience := policy.Recovery
		if proves(presented.Access, rec.ID, presented.Token.Generation) {
			patience = policy.ProvenRecovery
		}
		// A client that has used the successor cannot have lost it. Somebody
		// else has the replaced token.
		if seen(rec, presented) || age > patience {
			return reused(now)
		}
	}
	if rec.Replays >= policy.MaxReplays {
		return refuse(Stormed, ErrStorm)
	}
	return Decision{Outcome: outcome, Change: Change{
		Kind: Replay, At: now, MaxReplays: policy.MaxReplays, Seen: seen(rec, presented),
	}}
}

// unknown tells whether the token is of a future that this store does not have.
func unknown(rec Record, token Token) bool {
	if rec.ID == "" || rec.ID != token.SessionID {
		return true
	}
	switch rec.Generation - token.Generation {
	case 0:
		return !same(rec.Nonce, token.Nonce)
	case 1:
		return !same(rec.PreviousNonce, token.Nonce)
	default:
		return token.Generation > rec.Generation
	}
}

// seen tells whether the current generation has reached the client: by the
// record, or because this very request carries its access token.
func seen(rec Record, presented Presented) bool {
	return !rec.SeenAt.IsZero() || proves(presented.Access, rec.ID, rec.Generation)
}

// see marks the current generation as seen where its token was presented.
func see(rec Record, presented Presented, now time.Time) Change {
	if presented.Token.Generation != rec.Generation || !rec.SeenAt.IsZero() {
		return Change{}
	}
	return Change{Kind: See, At: now}
}

// proves tells whether the access token is one of that session and generation.
func proves(access *Access, sessionID string, generation int64) bool {
	return access != nil && access.SessionID == sessionID && access.Generation == generation
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func refuse(outcome Outcome, err error) Decision {
	return Decision{Outcome: outcome, Err: &Refusal{Err: err}}
}

func revoked(reason wire.Reason) Decision {
	return Decision{Outcome: Revoked, Err: &Refusal{Err: ErrRevoked, Reason: reason}}
}

func reused(now time.Time) Decision {
	return Decision{
		Outcome: Reused, Err: &Refusal{Err: ErrReused},
		Change: Change{Kind: Revoke, At: now, Reason: wire.ReasonReuse},
	}
}
