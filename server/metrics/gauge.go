package metrics

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// countEvery is how old the number of sessions may be: counting a million rows
	// for each of several collectors would be felt by those who refresh.
	countEvery = time.Minute
	// countTimeout is less than Prometheus waits for an answer.
	countTimeout = 5 * time.Second
)

// sessionGauge is the number of live sessions, counted when somebody asks.
type sessionGauge struct {
	counter SessionCounter
	now     func() time.Time
	desc    *prometheus.Desc

	mu      sync.Mutex
	value   float64
	counted time.Time // zero: never
}

func newSessionGauge(counter SessionCounter, now func() time.Time) *sessionGauge {
	return &sessionGauge{counter: counter, now: now, desc: prometheus.NewDesc(
		namespace+"_sessions", "Live sessions in the database, a minute old at most.", nil, nil)}
}

// Describe implements prometheus.Collector.
func (g *sessionGauge) Describe(descs chan<- *prometheus.Desc) { descs <- g.desc }

// Collect implements prometheus.Collector. While the database cannot be asked, the
// number is not there: an old one would look like the truth.
func (g *sessionGauge) Collect(metrics chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if age := now.Sub(g.counted); g.counted.IsZero() || age < 0 || age >= countEvery {
		ctx, cancel := context.WithTimeout(context.Background(), countTimeout)
		defer cancel()
		count, err := g.counter.CountSessions(ctx, now)
		if err != nil {
			g.counted = time.Time{}
			return
		}
		g.value, g.counted = float64(count), now
	}
	metrics <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.value)
}

// newBuildInfo says what runs, so that a change in the figures can be laid beside
// a change of the program.
func newBuildInfo() prometheus.Collector {
	labels := prometheus.Labels{"version": "unknown", "revision": "unknown", "goversion": "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		labels["version"], labels["goversion"] = info.Main.Version, info.GoVersion
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				labels["revision"] = setting.Value
			}
		}
	}
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "1; the labels say what runs.", ConstLabels: labels,
	}, func() float64 { return 1 })
}
