package rotation

import (
	"context"
	"errors"
	"time"

	"github.com/authfetch/authfetch/server/wire"
)

// Errors that a Store answers with, besides ErrUnavailable and ErrDisabled.
var (
	// ErrNotFound: there is no such session. Engine.End returns it too.
	ErrNotFound = errors.New("no such session")
	// ErrConflict: the session is not as the caller read it. Nothing changed.
	ErrConflict = errors.New("session has changed")
)

// Store keeps sessions. Implementations are safe for concurrent use, also by
// several processes on one database; package storetest checks them.
//
// Every method is one atomic step: it happens completely or not at all, and once
// it has returned without an error it survives a crash of the machine. A method
// that returns an error has changed nothing, except that with ErrUnavailable the
// outcome may be unknown. All errors but those named wrap ErrUnavailable. A
// context that is done ends a call, with an error that wraps its cause too.
//
// A store that several machines share has a clock of its own, because theirs differ.
// It takes its own time for every one that it is given as the present: when sessions
// are created, revoked or listed. Change.At is when a change was decided on, and stays.
type Store interface {
	// CreateSession inserts a session and revokes those it replaces, with reason
	// "replaced"; ids that there is nothing to revoke for are passed over. CreatedAt is
	// the present; where the store has another one, all times move with it. It returns
	// the session as stored, and how many of those it replaces were live. A disabled user's is
	// refused with ErrDisabled.
	CreateSession(ctx context.Context, rec Record, replaces []string) (Record, int, error)

	// Session reads a session, and with it the time by the store's own clock;
	// the zero time where it has none, and the caller's clock decides. Revoked
	// and expired sessions are found too. Otherwise ErrNotFound.
	Session(ctx context.Context, id string) (Record, time.Time, error)

	// ChangeSession applies a change if the session is still at that generation
	// with that nonce and not revoked, and returns it as it is afterwards.
	// Otherwise, and where a limit of the change is reached, it changes nothing
	// and returns ErrConflict. Of parallel rotations of one generation exactly
	// one succeeds.
	ChangeSession(ctx context.Context, id string, generation int64, nonce string, change Change) (Record, error)

	// RevokeSessions revokes those sessions of the selection that are not revoked
	// yet, whatever their generation and whether they have expired, and returns how
	// many of them were live at that time. A session once revoked keeps its time and reason. Revoking beats rotating: nothing
	// makes a revoked session live again.
	RevokeSessions(ctx context.Context, which Selection, reason wire.Reason, at time.Time) (int, error)

	// Sessions lists a user's sessions that are live at that time, the newest
	// sign-in first.
	Sessions(ctx context.Context, userID string, at time.Time) ([]Record, error)

	// DeleteSessions is one step of a walk over all sessions, in an order of the
	// store's own. It looks at some sessions behind the one named, from the first
	// where that is empty, and removes those that ended before that time: revoked,
	// or at their idle or absolute end, whichever came first. It returns how many
	// those were, and the name of the last one that it has looked at; empty when
	// there are no more. A step is small: a few milliseconds of the write lock.
	// What is live by the time of the removal stays.
	DeleteSessions(ctx context.Context, endedBefore time.Time, after string) (deleted int, next string, err error)
}

// Selection names sessions: those with the ids, and those of the user but for the
// one excepted. It is the union of the two; whose the ids are does not matter, and
// the exception does not protect one that is named by its id. The zero Selection
// selects none.
//
//	Selection{IDs: []string{id}}                 // one
//	Selection{UserID: userID, Except: current}   // the others
//	Selection{UserID: userID}                    // all
type Selection struct {
	IDs    []string
	UserID string // empty: no user's
	Except string // a session of the user that is left alone; empty: none
}

// ChangeKind says which of the changes of a session is meant.
type ChangeKind int

// The changes. The zero ChangeKind is no change at all.
const (
	// Rotate makes the next generation: the current Nonce and IssuedAt become the
	// previous ones, Nonce, At and Client the current ones, IdleExpiresAt is set;
	// the replay counter, ReissuedAt and the seen mark start anew. With a
	// KeyThumbprint it sets that, and KeyGeneration to the new generation. A From is
	// replaced in place of the current token: Generation becomes From.Generation+1,
	// and PreviousNonce From.Nonce. The session compared with is the same.
	Rotate ChangeKind = iota + 1
	// Replay counts one more answer to the previous token; a conflict when there
	// have been MaxReplays already. With Seen it sets the seen mark too. With
	// Reissue it sets ReissuedAt to At, unless the seen mark is set.
	Replay
	// See sets the seen mark to At. A mark that is set stays.
	See
	// Revoke ends the session at At, with Reason.
	Revoke
)

// Change is one change of a session. Which fields count depends on the kind.
type Change struct {
	Kind          ChangeKind
	At            time.Time   // all kinds
	Nonce         string      // Rotate
	IdleExpiresAt time.Time   // Rotate
	Client        Client      // Rotate
	From          Token       // Rotate: the token that is replaced, where it is newer than the session; the zero Token: the session's current one
	KeyThumbprint string      // Rotate; empty: the session's stays as it is
	MaxReplays    int         // Replay
	Seen          bool        // Replay
	Reissue       bool        // Replay; never with Seen
	Reason        wire.Reason // Revoke
}
