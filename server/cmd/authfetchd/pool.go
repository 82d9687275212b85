package main

import "github.com/prometheus/client_golang/prometheus"

// pooled is a database whose connections are shared by the requests.
type pooled interface{ connections() connections }

// connections is what they do now.
type connections struct {
	acquired, idle, max int32
	waits               int64 // requests that had to wait for one since the start
}

// poolCollector shows the connections of a database to Prometheus.
type poolCollector struct{ of pooled }

var (
	connectionsDesc = prometheus.NewDesc("authfetch_database_connections",
		"Connections to the database: acquired by a request, idle, and how many there may be (max).", []string{"state"}, nil)
	waitsDesc = prometheus.NewDesc("authfetch_database_waits_total",
		"Requests that had to wait for a connection to the database.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (c poolCollector) Describe(descs chan<- *prometheus.Desc) {
	descs <- connectionsDesc
	descs <- waitsDesc
}

// Collect implements [prometheus.Collector].
func (c poolCollector) Collect(values chan<- prometheus.Metric) {
	now := c.of.connections()
	for state, n := range map[string]int32{"acquired": now.acquired, "idle": now.idle, "max": now.max} {
		values <- prometheus.MustNewConstMetric(connectionsDesc, prometheus.GaugeValue, float64(n), state)
	}
	values <- prometheus.MustNewConstMetric(waitsDesc, prometheus.CounterValue, float64(now.waits))
}
