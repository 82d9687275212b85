package rotation

import (
	"log/slog"
	"time"
)

// Event reports something that an operator wants to know. It holds no token and
// no part of one.
type Event struct {
	Outcome   Outcome // Recovered, Reused, Stormed or Unknown
	SessionID string
	UserID    string // empty where the session is unknown

	Presented int64         // generation of the presented token
	Current   int64         // generation of the session
	Age       time.Duration // since the current generation was made; 0 where the session is unknown
	Last      Client        // who made the current generation
	Client    Client        // who presented the token
}

func newEvent(outcome Outcome, rec Record, token Token, client Client, now time.Time) Event {
	event := Event{
		Outcome: outcome, SessionID: token.SessionID, UserID: rec.UserID,
		Presented: token.Generation, Current: rec.Generation, Last: rec.Client, Client: client,
	}
	if rec.ID != "" {
		event.Age = now.Sub(rec.RotatedAt)
	}
	return event
}

// LogValue groups the fields for log/slog.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("outcome", string(e.Outcome)),
		slog.String("session", e.SessionID),
		slog.String("user", e.UserID),
		slog.Int64("presented_generation", e.Presented),
		slog.Int64("current_generation", e.Current),
		slog.Duration("age", e.Age),
		slog.String("last_address", e.Last.Address),
		slog.String("last_user_agent", e.Last.UserAgent),
		slog.String("address", e.Client.Address),
		slog.String("user_agent", e.Client.UserAgent),
	)
}

// reportable tells which outcomes are events. A replay against a revoked session
// is none: the alarm was raised when it was revoked.
func (o Outcome) reportable() bool {
	return o == Recovered || o == Reused || o == Stormed || o == Unknown
}
