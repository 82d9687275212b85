package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// tally is what all devices have asked, and what came back. It is safe for concurrent
// use.
type tally struct {
	mu      sync.Mutex
	kinds   map[string]*kind
	success time.Time     // the last one; zero: it does not matter any more
	drought time.Duration // the longest time without one
	again   int           // answers to a refresh whose answer had been lost
	twice   int           // answers with a successor that another tab has as well
}

// kind is the requests of one route.
type kind struct {
	statuses map[int]int // 0: no answer
	took     []time.Duration
}

func newTally() *tally { return &tally{kinds: make(map[string]*kind), success: time.Now()} }

// What visitors do. The requests of each are counted apart.
const (
	refreshing = "refresh"
	haunting   = "refresh, ended"
	looking    = "user"
	signingIn  = "sign in"
	signingOut = "sign out"
	changing   = "new password"
)

// add counts a request. A status of 0 says that no answer came.
func (y *tally) add(name string, status int, took time.Duration) {
	y.mu.Lock()
	defer y.mu.Unlock()
	k := y.kinds[name]
	if k == nil {
		k = &kind{statuses: make(map[int]int)}
		y.kinds[name] = k
	}
	k.statuses[status]++
	if status/100 == 2 {
		k.took = append(k.took, took)
		y.mark()
	}
}

// mark begins the time without a success anew.
func (y *tally) mark() {
	if !y.success.IsZero() {
		y.drought = max(y.drought, time.Since(y.success))
		y.success = time.Now()
	}
}

// rest is called when it is no longer a matter of time.
func (y *tally) rest() {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.mark()
	y.success = time.Time{}
}

// addRefreshes counts what came of refreshing in several tabs.
func (y *tally) addRefreshes(successes int, again bool) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.twice += max(successes-1, 0)
	if again && successes > 0 {
		y.again++
	}
}

// status is how many requests were answered so.
func (y *tally) status(status int) (count int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, k := range y.kinds {
		count += k.statuses[status]
	}
	return count
}

// progress is the numbers in one line.
func (y *tally) progress() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	total, good := 0, 0
	for _, k := range y.kinds {
		good += len(k.took)
		for _, count := range k.statuses {
			total += count
		}
	}
	return fmt.Sprintf("%d requests, %d of them successes, at most %v without one", total, good, y.drought.Round(time.Millisecond))
}

// String is all numbers.
func (y *tally) String() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	var statuses []int
	for _, k := range y.kinds {
		for status := range k.statuses {
			if !slices.Contains(statuses, status) {
				statuses = append(statuses, status)
			}
		}
	}
	slices.Sort(statuses)
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	heading := "\t"
	for _, status := range statuses {
		if status == 0 {
			heading += "cut off\t"
			continue
		}
		heading += strconv.Itoa(status) + "\t"
	}
	_, _ = fmt.Fprintln(table, heading+"p50\tp99\tlongest\t") // a strings.Builder takes everything
	for _, name := range []string{refreshing, haunting, looking, signingIn, signingOut, changing} {
		k := y.kinds[name]
		if k == nil {
			continue
		}
		line := name + "\t"
		for _, status := range statuses {
			line += strconv.Itoa(k.statuses[status]) + "\t"
		}
		for _, part := range []float64{0.5, 0.99, 1} {
			line += quantile(k.took, part) + "\t"
		}
		_, _ = fmt.Fprintln(table, line)
	}
	_ = table.Flush()
	return out.String()
}

// quantile is how long that part of the successes took at most.
func quantile(took []time.Duration, part float64) string {
	if len(took) == 0 {
		return "-"
	}
	took = slices.Sorted(slices.Values(took))
	return took[min(int(part*float64(len(took))), len(took)-1)].Round(100 * time.Microsecond).String()
}

// line is how one device reaches the nodes: with an address of its own, and with an
// eye on every answer.
type line struct {
	t       *testing.T
	to      http.RoundTripper
	address string
	tally   *tally
	doing   string // what the requests are for
}

// patience is how long a device waits for an answer: the database may take five
// seconds, and this machine does much else.
const patience = 30 * time.Second

// RoundTrip implements http.RoundTripper.
func (l *line) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Forwarded-For", l.address)
	start := time.Now()
	res, err := l.to.RoundTrip(req)
	if err != nil {
		l.tally.add(l.doing, 0, 0)
		if !errors.Is(err, errCut) {
			l.t.Errorf("%s %s: %v", req.Method, req.URL.Path, err)
		}
		return nil, err
	}
	l.tally.add(l.doing, res.StatusCode, time.Since(start))
	wantPolite(l.t, req, res)
	return res, nil
}

// wantPolite wants a failure to be one that passes, and to say when to come back.
func wantPolite(t *testing.T, req *http.Request, res *http.Response) {
	t.Helper()
	status := res.StatusCode
	if status >= 500 && status != http.StatusServiceUnavailable {
		t.Errorf("%s %s: %d", req.Method, req.URL.Path, status)
	}
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if later := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests; later && (err != nil || seconds < 1) {
		t.Errorf("%s %s: %d with Retry-After: %q", req.Method, req.URL.Path, status, res.Header.Get("Retry-After"))
	}
}
