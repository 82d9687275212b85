package main

import "fmt"

// figures is what the page has found: for every subject the measurements, by who
// was measured.
type figures struct {
	Error    string // empty: there was none
	Start    series // ms
	Loopback series // ms, of one call
	Inside   series // µs, of one call
	Crowd    series // ms, of a thousand calls

	Refreshes, Answered series // what became of those, in every turn
}

type series map[string][]float64

// peers are the programs in JavaScript that do the same, as the page calls them.
var peers = []string{"badgateway", "ky"}

// insideBudget is how many µs authFetch may take for itself.
const insideBudget = 100

// rows compares the figures with what they have to be.
func (f figures) rows() []row {
	start := f.Start.row("start, warm cache, against the bare program", "authfetch", f.Start.median("bare"), ms)
	start.limit, start.aim = 1.25, 1.1
	start.holds = "a third more is compiled, and then the module captures what it uses of the page, value by value"

	restored := f.Start.row("start that restores a session, against the bare program", "restored", f.Start.median("bare"), ms)

	loopback := f.Loopback.row("authFetch against native fetch, loopback", "authfetch", f.Loopback.median("native"), ms)
	loopback.limit, loopback.aim = 1.08, 1.03
	loopback.holds = "without a network a call is so short that the time inside authFetch shows"

	bound := f.Loopback.row("the same with a bound token (DPoP), against a bearer token", "bound", f.Loopback.median("authfetch"), ms)

	inside := f.Inside.row("time inside authFetch, fetch stubbed, against 100 µs", "authfetch", insideBudget, us)
	inside.limit, inside.aim = 1, 0.4
	inside.holds = "whatever crosses between JavaScript and Go costs 2 to 4 µs, and a callback 15"

	slowest := max(f.Inside.median(peers[0]), f.Inside.median(peers[1]))
	beaten := f.Inside.row("time inside authFetch against the slowest peer", "authfetch", slowest, us)
	beaten.aim = 1

	const crowd = "1,000 calls with an expired token"
	both := f.Crowd.row(crowd+", against them sent twice natively", "authfetch", f.Crowd.median("native"), ms)
	both.limit, both.aim = 1.25, 1.1
	both.holds = "all of the thousand pass through Go twice, one after the other"

	refreshes := f.Refreshes.row(crowd+": refreshes", "authfetch", 1, count)
	refreshes.limit, refreshes.aim = 1, 1

	answered := f.Answered.row(crowd+": answered 200", "authfetch", 1000, count)
	answered.limit, answered.aim, answered.lessIsBetter = 1, 1, false

	return []row{start, restored, loopback, bound, inside, beaten, both, refreshes, answered}
}

// row compares the median of ours with a reference, and shows the peers' beside it.
func (s series) row(name, ours string, reference float64, show func(float64) string) row {
	r := row{
		name: name, measured: show(s.median(ours)), against: show(reference),
		ratio: s.median(ours) / reference, lessIsBetter: true, peers: []string{},
	}
	for _, peer := range peers {
		text := "–"
		if len(s[peer]) > 0 {
			text = show(s.median(peer))
		}
		r.peers = append(r.peers, text)
	}
	return r
}

// median is zero where nobody of that name was measured.
func (s series) median(who string) float64 {
	if len(s[who]) == 0 {
		return 0
	}
	return median(s[who])
}

func ms(value float64) string    { return fmt.Sprintf("%.2f ms", value) }
func us(value float64) string    { return fmt.Sprintf("%.0f µs", value) }
func count(value float64) string { return fmt.Sprintf("%.0f", value) }
