package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// Who is there in a mixed load, and how long each of them does nothing between two
// actions: so much that this machine can do more.
const (
	people     = 12
	ownDevices = 3
	pause      = 150 * time.Millisecond
)

// spares is how many users there are for those whom a throttle keeps out. A kill costs
// one of them at times.
func spares() int { return 50 + int(30*soak.Minutes()) }

// load is what visitors do with a cluster.
type load struct {
	*cluster
	visitors []*visitor
	tally    *tally
	moments  *countdown    // of everything that is sent and received
	moment   chan struct{} // one has come
	chance   *rand.Rand
	spare    atomic.Int64 // how many users have been replaced
}

func newLoad(t *testing.T, c *cluster) *load {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	l := &load{cluster: c, tally: newTally(), moment: make(chan struct{}, 1), chance: rand.New(rand.NewPCG(seed, 0))}
	l.moments = never()
	l.moments.f = func() { l.moment <- struct{}{} }
	var emails []string
	for i := range people + spares() {
		emails = append(emails, fmt.Sprintf("user%d@example.com", i))
	}
	ids := c.addUsers(t, fleetPassword, emails...)
	spare := func() *person { return nil }
	spare = func() *person {
		n := people + int(l.spare.Add(1)) - 1
		if n >= len(emails) {
			t.Error("no user is left who may sign in")
			n = 0
		}
		return &person{email: emails[n], spare: spare}
	}
	address := netip.MustParseAddr("10.1.0.0")
	for i, email := range emails[:people] {
		p := &person{email: email, spare: spare}
		for _, cookie := range c.begin(t, ids[i], ownDevices) {
			address = address.Next()
			d := newDevice(rand.New(rand.NewPCG(seed, l.chance.Uint64())), email, fleetPassword)
			d.cookie, d.events = cookie, l.moments
			by := &line{t: t, to: c.balancer, address: address.String(), tally: l.tally}
			d.http.Transport, d.http.Timeout = by, patience
			l.visitors = append(l.visitors, &visitor{device: d, line: by, person: p})
		}
	}
	return l
}

// run lets the visitors do what they do, until during has returned.
func (l *load) run(t *testing.T, during func()) {
	t.Helper()
	var over atomic.Bool
	var group sync.WaitGroup
	for _, v := range l.visitors {
		v.tick = time.NewTicker(pause/2 + rand.N(pause))
		defer v.tick.Stop()
		group.Go(func() {
			for !over.Load() && !t.Failed() {
				v.act(t)
				<-v.tick.C
			}
		})
	}
	end := func() { // also where it fails
		over.Store(true)
		group.Wait()
	}
	defer end()
	during()
	l.tally.rest()
	end()
	for _, v := range l.visitors {
		if !t.Failed() {
			v.settle(t, l.cluster)
		}
	}
}

// longest is how long a moment is waited for: this machine may do much else.
const longest = 2 * time.Second

// await returns in the middle of whatever is going on, after that many requests and
// answers at the most.
func (l *load) await(most int64) {
	select { // one that came too late for the last time
	case <-l.moment:
	default:
	}
	l.moments.left.Store(1 + l.chance.Int64N(most))
	select {
	case <-l.moment:
	case <-time.After(longest):
	}
}

// chaos kills nodes and PostgreSQL, one after another, and starts them again.
type chaos struct {
	*load
	postgres *pgtest.Server
	start    time.Time
	killed   struct{ nodes, postgres int }
}

// most is how many requests and answers there are from one kill to the next.
const most = 1500

// reign goes on for that long, and until each has been killed. Then everything runs.
func (c *chaos) reign(t *testing.T, length time.Duration) {
	t.Helper()
	report := time.NewTicker(10 * time.Second)
	defer report.Stop()
	all := slices.Concat([]victim{database, both}, c.each(), c.each())
	for round := 0; !t.Failed() && (time.Since(c.start) < length || round < len(all)); round++ {
		if round%len(all) == 0 {
			c.chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
		c.await(most)
		c.strike(t, all[round%len(all)])
		select {
		case <-report.C:
			t.Log(c.progress())
		default:
		}
	}
}

// victim is the number of a node, or one of these.
type victim int

const (
	database victim = -1
	both     victim = -2
)

// each is all nodes.
func (c *chaos) each() (nodes []victim) {
	for i := range c.nodes {
		nodes = append(nodes, victim(i))
	}
	return nodes
}

// strike kills somebody in the middle of everything, and starts them again a little
// later.
func (c *chaos) strike(t *testing.T, who victim) {
	t.Helper()
	node := int(who)
	if who == both {
		node = c.chance.IntN(len(c.nodes))
	}
	if who != database {
		c.killed.nodes++
		c.kill(node)
	}
	if who == database || who == both {
		c.killed.postgres++
		if err := c.postgres.Kill(); err != nil {
			t.Fatal(err)
		}
		c.await(most / 4)
		c.postgres.Restart(t)
	}
	if who != database {
		c.await(most / 4)
		c.mustStart(t, node)
	}
}

func (c *chaos) progress() string {
	return fmt.Sprintf("%v: %s; killed: nodes %d times, PostgreSQL %d times", time.Since(c.start).Round(time.Second),
		c.tally.progress(), c.killed.nodes, c.killed.postgres)
}

func (c *chaos) String() string {
	return fmt.Sprintf(`%v with %d nodes, %d devices of %d users
%s
killed with SIGKILL: nodes %d times, PostgreSQL %d times
longest time without a success: %v
answers with a successor that was given out before: %d to other tabs, %d to who had lost it, of these %d after the grace of %v
users replaced because of sign-ins that a kill had cut off: %d`,
		time.Since(c.start).Round(time.Second), len(c.nodes), len(c.visitors), people, c.tally,
		c.killed.nodes, c.killed.postgres, c.tally.drought.Round(time.Millisecond),
		c.tally.twice, c.tally.again, c.record.count("outcome=recovered"), clusterGrace, c.spare.Load())
}
