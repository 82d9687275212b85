package rotation

import "time"

// Event reports what became of one refresh token, for an operator. It holds no
// token and no part of one.
type Event struct {
	Outcome   Outcome
	Why       string // the outcome in words
	SessionID string
	UserID    string // empty where the session is unknown

	Presented int64         // generation of the presented token
	Current   int64         // generation of the session
	Age       time.Duration // since the current generation was made; 0 where the session is unknown
	Last      Client        // who made the current generation; zero where a CurrentRotator has not read it
	Client    Client        // who presented the token
}

// Suspicious tells whether an operator wants to look into it: somebody may have
// a copied token (Reused), a client may be in a loop (Stormed), the database may
// be an old one (Unknown), or answers get lost (Recovered); somebody may have a
// cookie without its key (Unproven, Mismatched). A replay against a session that
// has ended is not: the alarm was raised when it was ended.
func (e Event) Suspicious() bool {
	switch e.Outcome {
	case Recovered, Reused, Stormed, Unknown, Unproven, Mismatched:
		return true
	default:
		return false
	}
}

func newEvent(decision Decision, rec Record, token Token, client Client, now time.Time) Event {
	event := Event{
		Outcome: decision.Outcome, Why: decision.Why, SessionID: token.SessionID, UserID: rec.UserID,
		Presented: token.Generation, Current: rec.Generation, Last: rec.Client, Client: client,
	}
	if rec.ID != "" {
		event.Age = now.Sub(rec.RotatedAt)
	}
	return event
}
