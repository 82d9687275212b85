package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/authfetch/authfetch/server"
	"github.com/authfetch/authfetch/server/metrics"
	"github.com/authfetch/authfetch/server/rotation"
	"github.com/authfetch/authfetch/server/servertest"
	"github.com/authfetch/authfetch/server/wire"
)

// start registers the metrics in a registry of their own.
func start(t *testing.T, config metrics.Config) (*metrics.Metrics, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	config.Registerer = registry
	m, err := metrics.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return m, registry
}

// shown is what Prometheus reads, but for its comments: the series whose names
// begin so.
func shown(t *testing.T, registry *prometheus.Registry, prefix string) string {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("%d: %s", answer.Code, answer.Body)
	}
	var b strings.Builder
	for line := range strings.Lines(answer.Body.String()) {
		if strings.HasPrefix(line, prefix) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestObserve(t *testing.T) {
	const took = 3 * time.Millisecond
	for _, row := range []struct {
		name  string
		event server.Event
		want  []string
	}{
		{
			"login",
			server.Event{Type: server.EventLogin, Outcome: rotation.Begun, Took: took},
			[]string{
				`authfetch_logins_total{code="ok"} 1`,
				`authfetch_request_duration_seconds_bucket{result="ok",type="login",le="0.0025"} 0`,
				`authfetch_request_duration_seconds_bucket{result="ok",type="login",le="0.005"} 1`,
			},
		},
		{
			"login in the place of another",
			server.Event{Type: server.EventLogin, Reason: wire.ReasonReplaced, Sessions: 1},
			[]string{`authfetch_sessions_ended_total{reason="replaced"} 1`},
		},
		{
			"guess",
			server.Event{Type: server.EventLogin, Code: wire.Throttled},
			[]string{`authfetch_logins_total{code="throttled"} 1`, `authfetch_request_duration_seconds_count{result="refused",type="login"} 1`},
		},
		{
			"rotation",
			server.Event{Type: server.EventRefresh, Outcome: rotation.Rotated},
			[]string{`authfetch_refreshes_total{code="ok",outcome="rotated"} 1`},
		},
		{
			"lost answer",
			server.Event{Type: server.EventRefresh, Outcome: rotation.Recovered},
			[]string{`authfetch_refreshes_total{code="ok",outcome="recovered"} 1`},
		},
		{
			"restored database",
			server.Event{Type: server.EventRefresh, Outcome: rotation.Forwarded},
			[]string{`authfetch_refreshes_total{code="ok",outcome="forwarded"} 1`},
		},
		{
			"thief",
			server.Event{Type: server.EventRefresh, Outcome: rotation.Reused, Code: wire.RefreshReused, Reason: wire.ReasonReuse, Sessions: 1},
			[]string{`authfetch_refreshes_total{code="refresh_reused",outcome="reused"} 1`, `authfetch_sessions_ended_total{reason="reuse"} 1`},
		},
		{
			"database down",
			server.Event{Type: server.EventRefresh, Code: wire.TemporarilyUnavailable},
			[]string{`authfetch_refreshes_total{code="temporarily_unavailable",outcome="none"} 1`, `authfetch_request_duration_seconds_count{result="failed",type="refresh"} 1`},
		},
		{
			"logout",
			server.Event{Type: server.EventLogout, Reason: wire.ReasonLogout, Sessions: 2},
			[]string{`authfetch_logouts_total{code="ok"} 1`, `authfetch_sessions_ended_total{reason="logout"} 2`},
		},
		{
			"registration",
			server.Event{Type: server.EventRegistration, Code: wire.EmailTaken},
			[]string{`authfetch_registrations_total{code="email_taken"} 1`},
		},
		{
			"password change",
			server.Event{Type: server.EventPasswordChange, Reason: wire.ReasonPasswordChange, Sessions: 3},
			[]string{`authfetch_password_changes_total{code="ok"} 1`, `authfetch_sessions_ended_total{reason="password_change"} 3`},
		},
		{
			"end of the others",
			server.Event{Type: server.EventSessionsEnded, Reason: wire.ReasonLogout, Sessions: 4},
			[]string{`authfetch_session_endings_total{code="ok"} 1`, `authfetch_sessions_ended_total{reason="logout"} 4`},
		},
		{
			"what an application has made up",
			server.Event{Type: "coffee", Code: "teapot", Reason: "thirst", Sessions: 1},
			[]string{`authfetch_sessions_ended_total{reason="other"} 1`, `authfetch_request_duration_seconds_count{result="failed",type="other"} 1`},
		},
		{
			"what a later version may add",
			server.Event{Type: server.EventRefresh, Outcome: "turned_down", Code: "too_late"},
			[]string{`authfetch_refreshes_total{code="other",outcome="other"} 1`},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, registry := start(t, metrics.Config{})
			m.Observe(t.Context(), row.event)
			text := shown(t, registry, "authfetch_")
			for _, want := range row.want {
				if !strings.Contains(text, want+"\n") {
					t.Errorf("%s is missing in\n%s", want, text)
				}
			}
		})
	}
}

// The names and units are as https://prometheus.io/docs/practices/naming asks.
func TestNames(t *testing.T) {
	m, registry := start(t, metrics.Config{Sessions: counterFunc(func() (int, error) { return 1, nil })})
	m.Observe(t.Context(), server.Event{Type: server.EventLogin})
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, error %v", problems, err)
	}
	if count, err := testutil.GatherAndCount(registry); err != nil || count < 20 {
		t.Errorf("%d series, error %v", count, err)
	}
}

func TestBuildInfo(t *testing.T) {
	_, registry := start(t, metrics.Config{})
	text := shown(t, registry, "authfetch_build_info{")
	if want := fmt.Sprintf("goversion=%q", runtime.Version()); !strings.Contains(text, want) || !strings.HasSuffix(text, "} 1\n") {
		t.Errorf("%q, want %s in it", text, want)
	}
}

// An alarm on the first thief needs a series that was 0 before.
func TestSeriesBeginWithZero(t *testing.T) {
	_, registry := start(t, metrics.Config{})
	text := shown(t, registry, "authfetch_")
	for _, want := range []string{
		`authfetch_refreshes_total{code="refresh_reused",outcome="reused"} 0`,
		`authfetch_refreshes_total{code="invalid_dpop_proof",outcome="unproven"} 0`,
		`authfetch_refreshes_total{code="dpop_key_mismatch",outcome="mismatched"} 0`,
		`authfetch_logins_total{code="throttled"} 0`,
		`authfetch_sessions_ended_total{reason="reuse"} 0`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}

func TestSessionsAreCountedOnceAMinute(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	calls, broken := 0, false
	_, registry := start(t, metrics.Config{
		Now: func() time.Time { return now },
		Sessions: counterFunc(func() (int, error) {
			calls++
			if broken {
				return 0, errors.New("database is closed")
			}
			return 10 * calls, nil
		}),
	})
	for _, step := range []struct {
		name   string
		pass   time.Duration
		broken bool
		want   string
		calls  int
	}{
		{"first", 0, false, "authfetch_sessions 10\n", 1},
		{"at once again", 0, false, "authfetch_sessions 10\n", 1},
		{"soon after", 59 * time.Second, false, "authfetch_sessions 10\n", 1},
		{"a minute after", time.Second, false, "authfetch_sessions 20\n", 2},
		{"a clock put back", -time.Hour, false, "authfetch_sessions 30\n", 3},
		{"database down", time.Minute, true, "", 4},
		{"and up again, at once", 0, false, "authfetch_sessions 50\n", 5},
	} {
		now, broken = now.Add(step.pass), step.broken
		text := shown(t, registry, "authfetch_sessions ")
		if !strings.HasSuffix(text, step.want) || (step.want == "") != (text == "") || calls != step.calls {
			t.Errorf("%s: after %d calls\n%swant %q after %d", step.name, calls, text, step.want, step.calls)
		}
	}
}

type counterFunc func() (int, error)

func (f counterFunc) CountSessions(context.Context, time.Time) (int, error) { return f() }

func TestConfig(t *testing.T) {
	if _, err := metrics.New(metrics.Config{}); err == nil || !strings.Contains(err.Error(), "Registerer") {
		t.Errorf("without a registerer: %v", err)
	}
	registry := prometheus.NewRegistry()
	if _, err := metrics.New(metrics.Config{Registerer: registry}); err != nil {
		t.Fatal(err)
	}
	_, err := metrics.New(metrics.Config{Registerer: registry})
	if !errors.As(err, &prometheus.AlreadyRegisteredError{}) {
		t.Errorf("a second time: %v", err)
	}
}

// What a real server does is counted.
func TestBehindAServer(t *testing.T) {
	m, registry := start(t, metrics.Config{})
	s := servertest.New(t, servertest.Options{Configure: func(c *server.Config) { c.Observer = m }})
	browser := s.Browser(t)
	browser.Login(servertest.Email, servertest.Password+"x")
	browser.Login(servertest.Email, servertest.Password)
	thief := browser.Copy()
	browser.Refresh()
	s.Clock.Advance(time.Hour)
	browser.Refresh()
	thief.AccessToken = ""
	thief.Refresh()
	text := shown(t, registry, "authfetch_")
	for _, want := range []string{
		`authfetch_logins_total{code="invalid_credentials"} 1`,
		`authfetch_logins_total{code="ok"} 1`,
		`authfetch_refreshes_total{code="ok",outcome="rotated"} 2`,
		`authfetch_refreshes_total{code="refresh_reused",outcome="reused"} 1`,
		`authfetch_sessions_ended_total{reason="reuse"} 1`,
		`authfetch_request_duration_seconds_count{result="ok",type="refresh"} 2`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%s is missing in\n%s", want, text)
		}
	}
}
