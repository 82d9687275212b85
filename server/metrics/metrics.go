// Package metrics counts what happens in an authfetch server, for Prometheus. It
// is an observer, and writes to no log:
//
//	observer, err := metrics.New(metrics.Config{Registerer: registry, Sessions: store})
//	if err != nil {
//		return err
//	}
//	auth, err := server.New(server.Config{Observer: observer /* and the rest */})
//
// Do not use it where something else than Prometheus is read: server.Observer has
// one method, and package server itself knows no Prometheus.
//
// Everything is counted since the start of this process; sum over the nodes. A
// label has one of a few values that the program knows, never one that a client
// chose.
//
//	authfetch_logins_total{code}                        sign-ins
//	authfetch_refreshes_total{outcome,code}             refreshes
//	authfetch_logouts_total{code}                       sign-outs
//	authfetch_registrations_total{code}                 new accounts
//	authfetch_password_changes_total{code}              changes of a password
//	authfetch_session_endings_total{code}               requests to end sessions of the list
//	authfetch_sessions_ended_total{reason}              sessions that have ended before their time
//	authfetch_request_duration_seconds{type,result}     what those requests took, a histogram
//	authfetch_sessions                                  live sessions in the database, a minute old at most
//	authfetch_build_info{version,revision,goversion}    1
//
// code is "ok", or that of the refusal as the client got it. outcome is what
// became of the refresh token: rotated, replayed (a parallel request), recovered
// (an answer was lost on its way), reused (a thief, or a very late request; the
// session has ended), stormed, superseded, switched, expired, revoked, unknown;
// none where it did not come to a decision. reason is that of the code
// session_revoked. result is ok, refused (the client's matter) or failed (ours).
//
// Worth an alarm: outcome="reused" above what is usual, outcome="unknown" at all
// (a restored backup), code="temporarily_unavailable" or "internal" at all, and
// code="throttled" in numbers, for somebody is guessing passwords.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/authfetch/authfetch/server"
)

// Config says what is counted, and where it is shown.
type Config struct {
	// Registerer takes the metrics. Required; nothing is put into Prometheus'
	// default registry.
	Registerer prometheus.Registerer
	// Sessions counts the live sessions, at most once a minute and only when
	// somebody asks for the metrics. Zero: authfetch_sessions is not there.
	Sessions SessionCounter
	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// SessionCounter counts the sessions that are live at that time. It is called in
// the goroutine of whoever collects the metrics, one call at a time.
type SessionCounter interface {
	CountSessions(ctx context.Context, at time.Time) (int, error)
}

// Metrics counts events. It is safe for concurrent use.
type Metrics struct {
	requests  map[server.EventType]*prometheus.CounterVec
	refreshes *prometheus.CounterVec
	ended     *prometheus.CounterVec
	duration  *prometheus.HistogramVec
}

var _ server.Observer = (*Metrics)(nil)

// New registers the metrics. The error says which one cannot be registered, as
// when it has been before.
func New(config Config) (*Metrics, error) {
	if config.Registerer == nil {
		return nil, errors.New("metrics: config: Registerer is required, for example prometheus.NewRegistry()")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	m := newMetrics()
	collectors := []prometheus.Collector{m.refreshes, m.ended, m.duration, newBuildInfo()}
	for _, counter := range m.requests {
		collectors = append(collectors, counter)
	}
	if config.Sessions != nil {
		collectors = append(collectors, newSessionGauge(config.Sessions, config.Now))
	}
	for _, collector := range collectors {
		if err := config.Registerer.Register(collector); err != nil {
			return nil, fmt.Errorf("metrics: register: %w", err)
		}
	}
	return m, nil
}

// Observe implements server.Observer.
func (m *Metrics) Observe(_ context.Context, event server.Event) {
	code := codeLabel(event.Code)
	if event.Type == server.EventRefresh {
		m.refreshes.WithLabelValues(outcomeLabel(event.Outcome), code).Inc()
	} else if counter := m.requests[event.Type]; counter != nil {
		counter.WithLabelValues(code).Inc()
	}
	if event.Sessions > 0 {
		m.ended.WithLabelValues(reasonLabel(event.Reason)).Add(float64(event.Sessions))
	}
	m.duration.WithLabelValues(typeLabel(event.Type), resultLabel(event.Code)).Observe(event.Took.Seconds())
}
