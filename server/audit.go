package server

import (
	"context"
	"log/slog"

	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// NewAudit returns an observer that writes one record for each event. Its fields
// keep their names and meanings:
//
//	event      the EventType
//	code       why it was refused; absent where it was not
//	outcome    what became of the refresh token; absent where it did not come to that
//	reason     why sessions ended
//	sessions   how many live sessions ended
//	user       the user's id
//	session    the session's id
//	address    of the client
//	user_agent of the client
//	rotation   a group, where there is something to look into: why, the presented and
//	           the current generation, the age of the current one, and the address and
//	           user agent that it was made for
//
// Fields without a value are left out. The message is for people and may change
// its words. The level says how much it matters:
//
//	WARN   somebody may have a stolen token, or a cookie without its key, a client is
//	       in a loop, or the database is older than the tokens
//	INFO   sign-ins, sign-outs, changes, what was refused or failed, and refreshes
//	       that a restored database or a lost answer made unusual
//	DEBUG  what happens all day: refreshes, and visitors who are not signed in
//
// No record contains a token, a password, a cookie or an email address. A nil
// logger is slog.Default().
func NewAudit(logger *slog.Logger) Observer {
	if logger == nil {
		logger = slog.Default()
	}
	return audit{logger}
}

type audit struct{ log *slog.Logger }

func (a audit) Observe(ctx context.Context, event Event) {
	level := auditLevel(event)
	if !a.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("event", string(event.Type))}
	for _, field := range []struct{ name, value string }{
		{"code", string(event.Code)},
		{"outcome", string(event.Outcome)},
		{"reason", string(event.Reason)},
		{"user", event.UserID},
		{"session", event.SessionID},
		{"address", event.Client.Address},
		{"user_agent", event.Client.UserAgent},
	} {
		if field.value != "" {
			attrs = append(attrs, slog.String(field.name, field.value))
		}
	}
	if event.Sessions > 0 {
		attrs = append(attrs, slog.Int("sessions", event.Sessions))
	}
	if r := event.Rotation; r != nil {
		attrs = append(attrs, slog.Group("rotation",
			slog.String("why", r.Why), slog.Int64("presented", r.Presented), slog.Int64("current", r.Current),
			slog.Duration("age", r.Age),
			slog.String("last_address", r.Last.Address), slog.String("last_user_agent", r.Last.UserAgent)))
	}
	a.log.LogAttrs(ctx, level, auditText(event), attrs...)
}

func auditLevel(event Event) slog.Level {
	switch event.Outcome {
	case rotation.Reused, rotation.Stormed, rotation.Unknown, rotation.Unproven:
		return slog.LevelWarn
	case rotation.Recovered, rotation.Forwarded:
		return slog.LevelInfo
	}
	if event.Code == wire.UseDPoPNonce {
		return slog.LevelDebug // the client has asked again by now
	}
	if event.Type == EventRefresh && (event.Code == "" || event.Code == wire.RefreshMissing || event.Code == wire.RefreshSuperseded) {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// auditText says in words what happened.
func auditText(event Event) string {
	switch event.Outcome {
	case rotation.Reused:
		return "a replaced refresh token came back: somebody may have a copy, so the session was ended"
	case rotation.Stormed:
		return "one refresh token came too often: a client may be in a loop"
	case rotation.Unknown:
		return "a genuine refresh token of a session that the database does not have: was a backup restored?"
	case rotation.Recovered:
		return "a client that had lost an answer got it again"
	case rotation.Forwarded:
		return "refreshed with a token that is newer than the database, which was restored"
	case rotation.Unproven:
		return "refresh refused: no proof of the key came to which the session is bound, so somebody may have its cookie alone"
	case rotation.Mismatched:
		return "refresh refused: the session is bound to another key; the browser has lost its own, or somebody has its cookie alone"
	}
	if event.Code == wire.InvalidDPoPProof {
		return texts(event.Type)[1] + ": the proof of the client's key is missing, or not one for this request, or was used before"
	}
	if event.Code == "" {
		return texts(event.Type)[0]
	}
	return texts(event.Type)[1]
}

// texts say that it happened, and that it was refused.
func texts(kind EventType) [2]string {
	return map[EventType][2]string{
		EventLogin:          {"signed in", "sign-in refused"},
		EventRefresh:        {"refreshed", "refresh refused"},
		EventLogout:         {"signed out", "sign-out refused"},
		EventRegistration:   {"registered", "registration refused"},
		EventPasswordChange: {"password changed", "password change refused"},
		EventSessionsEnded:  {"sessions ended", "ending sessions refused"},
	}[kind]
}
