package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/wire"
)

const namespace = "authfetch"

// newMetrics makes what is counted. Series on which an alarm may hang begin with
// 0, because rate() does not see the first event of a series that it makes.
func newMetrics() *Metrics {
	m := &Metrics{
		requests: map[server.EventType]*prometheus.CounterVec{
			server.EventLogin:          newCounter("logins_total", "Sign-ins, by the code of the refusal.", "code"),
			server.EventLogout:         newCounter("logouts_total", "Sign-outs, by the code of the refusal.", "code"),
			server.EventRegistration:   newCounter("registrations_total", "New accounts, by the code of the refusal.", "code"),
			server.EventPasswordChange: newCounter("password_changes_total", "Changes of a password, by the code of the refusal.", "code"),
			server.EventSessionsEnded:  newCounter("session_endings_total", "Requests to end sessions of the list, by the code of the refusal.", "code"),
		},
		refreshes: newCounter("refreshes_total", "Refreshes, by what became of the refresh token and by the code of the refusal.", "outcome", "code"),
		ended:     newCounter("sessions_ended_total", "Sessions that have ended before their time, by the reason.", "reason"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "request_duration_seconds", Help: "What a request took, from its arrival.",
			// A refresh takes a disk's flush, a sign-in the hash of a password.
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"type", "result"}),
	}
	for _, counter := range m.requests {
		counter.WithLabelValues(labelOK)
		counter.WithLabelValues(string(wire.TemporarilyUnavailable))
		counter.WithLabelValues(string(wire.Internal))
	}
	login := m.requests[server.EventLogin]
	login.WithLabelValues(string(wire.InvalidCredentials))
	login.WithLabelValues(string(wire.Throttled))
	for _, begins := range []struct {
		outcome rotation.Outcome
		code    wire.Code
	}{
		{rotation.Rotated, ""},
		{rotation.Replayed, ""},
		{rotation.Recovered, ""},
		{rotation.Reused, wire.RefreshReused},
		{rotation.Stormed, wire.RefreshStorm},
		{rotation.Unknown, wire.SessionUnknown},
		{rotation.Unproven, wire.InvalidDPoPProof},
		{rotation.Mismatched, wire.DPoPKeyMismatch},
		{"", wire.TemporarilyUnavailable},
		{"", wire.Internal},
	} {
		m.refreshes.WithLabelValues(outcomeLabel(begins.outcome), codeLabel(begins.code))
	}
	for _, reason := range wire.Reasons() {
		m.ended.WithLabelValues(string(reason))
	}
	return m
}

func newCounter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}
