package metrics

import (
	"net/http"
	"slices"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

// A value that is not in one of these lists is counted as other: whatever an
// application may put into an event, the number of time series stays bounded.

const (
	labelOK    = "ok"
	labelNone  = "none"
	labelOther = "other"
)

func types() []server.EventType {
	return []server.EventType{
		server.EventLogin, server.EventRefresh, server.EventLogout,
		server.EventRegistration, server.EventPasswordChange, server.EventSessionsEnded,
	}
}

func outcomes() []rotation.Outcome {
	return []rotation.Outcome{
		rotation.Rotated, rotation.Forwarded, rotation.Replayed, rotation.Recovered, rotation.Stormed, rotation.Reused,
		rotation.Superseded, rotation.Switched, rotation.Expired, rotation.Revoked, rotation.Unknown,
		rotation.Unproven, rotation.Unbound, rotation.Mismatched,
	}
}

func codeLabel(code wire.Code) string { return label(wire.Codes(), code, labelOK) }

func outcomeLabel(outcome rotation.Outcome) string { return label(outcomes(), outcome, labelNone) }

func reasonLabel(reason wire.Reason) string { return label(wire.Reasons(), reason, labelOther) }

func typeLabel(kind server.EventType) string { return label(types(), kind, labelOther) }

// resultLabel tells our failures from refusals.
func resultLabel(code wire.Code) string {
	switch {
	case code == "":
		return labelOK
	case code.Status() >= http.StatusInternalServerError:
		return "failed"
	default:
		return "refused"
	}
}

// label is the value where it is known, and the given one where it is empty.
func label[T ~string](known []T, value T, empty string) string {
	switch {
	case value == "":
		return empty
	case slices.Contains(known, value):
		return string(value)
	default:
		return labelOther
	}
}
