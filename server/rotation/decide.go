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
	// KeyThumbprint is of the key that the client has proved to hold. Empty: it has
	// proved nothing.
	KeyThumbprint string
}

// Access is what a genuine access token proves about its holder, expired or not.
type Access struct {
	UserID     string
	SessionID  string
	Generation int64
}

// Outcome is what happens to a presented refresh token.
type Outcome string

// The outcomes. Begun is a sign-in; the four after it are answered with a
// refresh token, the others with that error.
const (
	Begun      Outcome = "begun"
	Rotated    Outcome = "rotated"    // a new generation
	Forwarded  Outcome = "forwarded"  // the same, after a token that a restored database did not know
	Replayed   Outcome = "replayed"   // the current generation once more, for a parallel request
	Recovered  Outcome = "recovered"  // the same, for an answer that was lost
	Stormed    Outcome = "stormed"    // ErrStorm
	Reused     Outcome = "reused"     // ErrReused
	Superseded Outcome = "superseded" // ErrSuperseded
	Switched   Outcome = "switched"   // ErrSwitched
	Expired    Outcome = "expired"    // ErrExpired
	Revoked    Outcome = "revoked"    // ErrRevoked
	Unproven   Outcome = "unproven"   // ErrUnproven, of a session that is bound
	Unbound    Outcome = "unbound"    // ErrUnproven, of one that has to be
	Mismatched Outcome = "mismatched" // ErrMismatched
	Unknown    Outcome = "unknown"    // ErrUnknown
)

// Decision is what happens, and what the store has to change for it.
type Decision struct {
	Outcome Outcome
	Why     string      // the same in words, for an operator
	Err     error       // nil, or why it is refused
	Reason  wire.Reason // with ErrRevoked: how the session ended; else empty
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
//	13  newer than the record, or its generation with another nonce  Unknown, but see 13b
//	 6  session revoked                                              Revoked, its reason
//	 7  idle or absolute lifetime over                               Expired
//	 8  user disabled                                                Revoked, "disabled"
//	17  bound to a key, of which no proof came                       Unproven
//	18  bound to another key                                         Mismatched
//	19  not bound, no proof came, and BindAlways                     Unbound
//	10  the access token is another user's                           Switched
//	13b newer than the record, which is as it was restored           Forwarded
//	 1  current generation                                           Rotated
//	 2  previous one, within the grace                               Replayed
//	 3  as 2 and 4, over MaxReplays times                            Stormed
//	 4  previous one, later, its successor never seen used           Recovered
//	 5b the one before it, both within the grace                     Superseded
//	 5  any other older generation                                   Reused
//
// The order tells an outsider least and an owner most: what is unknown, then what
// has ended, then whose it is, then how old it is.
//
// The grace of a generation counts from when its token was made, or was last
// given out again before it was seen used: a lost answer is fetched hours later,
// and other requests with the same old cookie may be under way just then.
//
// To a thief this is worth one grace and no more. While a token was not seen
// used, and for as long as a lost answer is waited for, whoever has its
// predecessor is given it anyway (row 4). After that nothing moves the grace, so
// that it ends Policy.Grace later. And what is given out meanwhile is the one token
// that the owner has too: of two parties who go on from there, one comes second,
// and row 5 notices.
//
// Rows 17 to 19 change nothing, whichever token it is: who has no key cannot end
// the session of who has it. But a token from before the binding still raises the
// alarm of row 5. Otherwise a thief could bind a session that is not bound yet, and
// the owner, who has another key or none, would go unheard.
//
// Row 13b is for a database that was restored, see Policy.RestoredAt. A token of the
// time that was lost is genuine, and the session goes on from it: from the first that
// comes, once. Which was the last of that time nobody knows any more. So a thief's
// copy that was replaced by then is as good as the owner's token, where it is first;
// the owner's is unknown then, and the session ends when they sign in again in that
// browser. Where the owner's is first, the copy is an older one, and row 5 notices.
// What was ended in the time that was lost lives again, and a binding to a key is
// gone, whatever the policy.
func Decide(rec Record, presented Presented, now time.Time, policy Policy) Decision {
	if unknown(rec, presented.Token, now, policy) {
		return unknownSession()
	}
	if decision, over := ended(rec, now); over {
		return decision
	}
	decision := decideToken(rec, presented, now, policy)
	refusal, refused := unproven(rec, presented, policy)
	if refused && (decision.Outcome != Reused || bound(rec, presented.Token)) {
		return refusal
	}
	return decision
}

// decideToken is for a client that has proved what it has to, rows 10, 13b and 1 to 5.
func decideToken(rec Record, presented Presented, now time.Time, policy Policy) Decision {
	if presented.Access != nil && presented.Access.UserID != rec.UserID {
		decision := refuse(Switched, ErrSwitched, "the access token sent along is another user's: another tab has changed accounts")
		// Whoever presents the current token has received it, even though this
		// request comes to nothing.
		decision.Change = see(rec, presented, now)
		return decision
	}
	next := Change{
		Kind: Rotate, At: now, IdleExpiresAt: policy.idleEnd(now, rec.ExpiresAt),
		KeyThumbprint: policy.binds(rec, presented),
	}
	if presented.Token.Generation > rec.Generation {
		next.From = presented.Token
		return Decision{Outcome: Forwarded, Why: "the token is newer than the database, which was restored: the session goes on from it", Change: next}
	}
	switch rec.Generation - presented.Token.Generation {
	case 0:
		decision := rotated
		decision.Change = next
		return decision
	case 1:
		return decidePrevious(rec, presented, now, policy)
	case 2:
		if now.Sub(rec.RotatedAt) <= policy.Grace && now.Sub(rec.PreviousIssuedAt) <= policy.Grace {
			return refuse(Superseded, ErrSuperseded, "two rotations have overtaken this request on its way")
		}
	}
	return reused(now, "the token was replaced more than once: somebody has kept a copy")
}

// decidePrevious is for the token that the current one has replaced.
func decidePrevious(rec Record, presented Presented, now time.Time, policy Policy) Decision {
	patience := policy.Recovery
	if proves(presented.Access, rec.ID, presented.Token.Generation) {
		patience = policy.ProvenRecovery
	}
	used, lost := seen(rec, presented), now.Sub(rec.RotatedAt) <= patience
	decision := Decision{Outcome: Replayed, Why: "a parallel request: the token was replaced a moment ago"}
	if now.Sub(rec.IssuedAt()) > policy.Grace {
		switch {
		case used:
			// A client that has used the successor cannot have lost it. Somebody
			// else has the replaced token.
			return reused(now, "the token's successor was used already: somebody has kept a copy")
		case !lost:
			return reused(now, "the token was replaced longer ago than a lost answer is waited for")
		}
		decision = Decision{Outcome: Recovered, Why: "the answer with the successor was lost on its way"}
	}
	if rec.Replays >= policy.MaxReplays {
		return refuse(Stormed, ErrStorm, "one replaced token came too often: a client is in a loop")
	}
	decision.Change = Change{
		Kind: Replay, At: now, MaxReplays: policy.MaxReplays, Seen: used, Reissue: lost && !used,
	}
	return decision
}

// ended is the decision for a session that is over, rows 6 to 8; false while it
// is live.
func ended(rec Record, now time.Time) (Decision, bool) {
	switch {
	case !rec.RevokedAt.IsZero():
		return revoked(rec.Reason, "the session was ended before"), true
	case !now.Before(rec.IdleExpiresAt):
		return refuse(Expired, ErrExpired, "the session was not used for too long"), true
	case !now.Before(rec.ExpiresAt):
		return refuse(Expired, ErrExpired, "the session has come to its absolute end"), true
	case rec.UserDisabled:
		return revoked(wire.ReasonDisabled, "the user is disabled"), true
	default:
		return Decision{}, false
	}
}

// unproven is the decision for a client that has not proved to hold the key of the
// session, rows 17 to 19; false for one that has, or need not.
func unproven(rec Record, presented Presented, policy Policy) (Decision, bool) {
	switch {
	case rec.KeyThumbprint == "":
		return refuse(Unbound, ErrUnproven, "no proof of a key came, and every session has to be bound to one"),
			policy.Binding == BindAlways && presented.KeyThumbprint == ""
	case presented.KeyThumbprint == "":
		return refuse(Unproven, ErrUnproven, "the session is bound to a key, and no proof of it came: somebody may have the cookie alone"), true
	default:
		return refuse(Mismatched, ErrMismatched, "the session is bound to another key: the browser has lost its own, or somebody has the cookie alone"),
			!same(rec.KeyThumbprint, presented.KeyThumbprint)
	}
}

// bound tells whether the token was given out to a client that held the key.
func bound(rec Record, token Token) bool {
	return rec.KeyThumbprint != "" && token.Generation >= rec.KeyGeneration
}

// unknown tells whether the token is of a future that this store does not have, and
// that is not taken on either.
func unknown(rec Record, token Token, now time.Time, policy Policy) bool {
	if rec.ID == "" || rec.ID != token.SessionID {
		return true
	}
	switch rec.Generation - token.Generation {
	case 0:
		return !same(rec.Nonce, token.Nonce)
	case 1:
		return !same(rec.PreviousNonce, token.Nonce)
	default:
		return token.Generation > rec.Generation && !policy.forwards(rec, now)
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

// rotated is row 1, but for its change.
var rotated = Decision{Outcome: Rotated, Why: "the current token was presented"}

func refuse(outcome Outcome, err error, why string) Decision {
	return Decision{Outcome: outcome, Why: why, Err: err}
}

func unknownSession() Decision {
	return refuse(Unknown, ErrUnknown, "the database has no such session or generation: was a backup restored, or an ended session removed?")
}

func revoked(reason wire.Reason, why string) Decision {
	return Decision{Outcome: Revoked, Why: why, Err: ErrRevoked, Reason: reason}
}

func reused(now time.Time, why string) Decision {
	return Decision{
		Outcome: Reused, Why: why, Err: ErrReused,
		Change: Change{Kind: Revoke, At: now, Reason: wire.ReasonReuse},
	}
}
