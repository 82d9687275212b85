package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/authfetch/authfetch/server/account"
)

const (
	sampled = 20_000 // sessions, each in a page of its own
	logins  = 50

	spellTime = 20 * time.Second // at most, for the sample
	nodeTime  = 3 * time.Second
)

// capacity is what a fleet on one PostgreSQL can be reckoned from.
type capacity struct {
	*bench
	d     *database
	store postgresStore
}

// measureCapacity finds the constants: all are measured here, on a database with as
// many sessions as a large application has.
func measureCapacity(ctx context.Context, b *bench) error {
	b.say("PostgreSQL with %d sessions", many)
	d, err := openDatabase(ctx, b, postgres, "many")
	if err != nil {
		return err
	}
	tokens, err := d.begin(ctx, 1)
	if err != nil {
		return err
	}
	if err := d.refresher(tokens)(ctx, 0); err != nil { // who has refreshed has more in the row
		return err
	}
	if err := d.store.fill(ctx, many-1, 0); err != nil {
		return err
	}
	c := capacity{b, d, d.store.(postgresStore)}
	var version string
	if err := c.store.Pool().QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		return err
	}
	c.add("capacity, with sessions", "%d", many)
	c.add("PostgreSQL", "%s", version)
	for _, find := range []func(context.Context) error{
		c.space, c.refreshes, c.node, c.pruning, c.logins,
	} {
		if err := find(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c capacity) add(name, format string, args ...any) {
	c.constants = append(c.constants, constant{name, fmt.Sprintf(format, args...)})
}

// space is what a session takes.
func (c capacity) space(ctx context.Context) error {
	f, err := c.store.facts(ctx)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		size int64
	}{
		{"in the table", f.table},
		{"in the primary key", f.primary},
		{"in the index by user", f.byUser},
		{"altogether", f.table + f.primary + f.byUser},
	} {
		c.add("bytes per session "+part.name, "%.0f", float64(part.size)/many)
	}
	return nil
}

// refreshes are made three times of the same sessions: first when each changes its
// page for the first time since a checkpoint, then again, then one at a time.
func (c capacity) refreshes(ctx context.Context) error {
	c.say("refreshes of %d sessions", sampled)
	sessions, err := c.store.apart(ctx, sampled)
	if err != nil {
		return err
	}
	before, err := c.store.facts(ctx)
	if err != nil {
		return err
	}
	if err := c.store.checkpoint(ctx); err != nil {
		return err
	}
	first, err := c.spell(ctx, sessions, 8)
	if err != nil {
		return err
	}
	again, err := c.spell(ctx, sessions, 8)
	if err != nil {
		return err
	}
	alone, err := c.spell(ctx, sessions, 1)
	if err != nil {
		return err
	}
	after, err := c.store.facts(ctx)
	if err != nil {
		return err
	}
	c.add("bytes of WAL per refresh, the first in its page after a checkpoint", "%.0f", first.wal)
	c.add("bytes of WAL per refresh, later", "%.0f", again.wal)
	if again.cpu > 0 {
		c.add("processor time of PostgreSQL per refresh", "%v", micro(again.cpu))
	}
	for _, s := range []struct {
		clients int
		spell
	}{{1, alone.spell}, {8, again.spell}} {
		c.add("refreshes per second, "+by(s.clients), "%.0f", s.rate())
		c.add("time of the statement, p50, "+by(s.clients), "%v", micro(median(s.took)))
		c.add("time of the statement, p99, "+by(s.clients), "%v", micro(quantile(s.took, 0.99)))
		c.add("connections busy per 1,000 refreshes/s, as fast as with "+by(s.clients), "%.2f", 1000*s.mean().Seconds())
	}
	updates := after.updates - before.updates
	c.add("heap-only updates among them", "%s", percent(after.hot-before.hot, updates))
	c.add(fmt.Sprintf("dead rows that %d refreshes have left", updates), "%d", after.dead-before.dead)
	return nil
}

// cost is what a spell took from the server, per refresh.
type cost struct {
	spell
	wal float64       // bytes
	cpu time.Duration // zero where it cannot be known
}

func (c capacity) spell(ctx context.Context, sessions *rotations, clients int) (found cost, err error) {
	before, unknown := c.store.cpuTime(ctx)
	written, err := c.store.wal(ctx, func() (err error) {
		found.spell, err = sessions.all(ctx, clients, spellTime)
		return err
	})
	if err != nil {
		return cost{}, err
	}
	count := len(found.took)
	found.wal = float64(written) / float64(count)
	if after, err := c.store.cpuTime(ctx); unknown == nil && err == nil {
		found.cpu = (after - before) / time.Duration(count)
	}
	return found, nil
}

// node is what a whole refresh takes from the processors beside PostgreSQL.
func (c capacity) node(ctx context.Context) error {
	tokens, err := c.d.begin(ctx, 8)
	if err != nil {
		return err
	}
	self := strconv.Itoa(os.Getpid())
	before, err := readProcess(self)
	if err != nil {
		return nil // it cannot be known here
	}
	persecond, err := rate(ctx, len(tokens), nodeTime, c.d.refresher(tokens))
	if err != nil {
		return err
	}
	after, err := readProcess(self)
	if err != nil {
		return err
	}
	c.add("processor time of a node per refresh", "%v", micro((after.used-before.used)/time.Duration(persecond*nodeTime.Seconds())))
	return nil
}

// pruning is a walk over sessions none of which has ended.
func (c capacity) pruning(ctx context.Context) error {
	c.say("a walk over all of them")
	start := time.Now()
	if _, err := c.d.engine.Prune(ctx); err != nil {
		return err
	}
	c.add("sessions looked at per second when old ones are removed", "%.0f", many/time.Since(start).Seconds())
	return nil
}

// logins are those of users in browsers that have no session yet: with many sessions,
// where each of them changes pages for the first time since a checkpoint, and with few,
// whose pages have all been changed before.
func (c capacity) logins(ctx context.Context) error {
	c.say("logins")
	if err := c.login(ctx, c.d, "the first in its pages after a checkpoint", c.store.checkpoint); err != nil {
		return err
	}
	few, err := openDatabase(ctx, c.bench, postgres, "few")
	if err != nil {
		return err
	}
	return c.login(ctx, few, "later", nil)
}

// login signs users in twice, and measures the second time: what comes between, if
// anything, is what that depends on.
func (c capacity) login(ctx context.Context, d *database, name string, between func(context.Context) error) error {
	accounts, err := account.New(account.Config{Store: d.store})
	if err != nil {
		return err
	}
	address := func(i int) string { return fmt.Sprintf("%d.%s", i, email) }
	for i := range logins {
		if _, err := accounts.Add(ctx, account.NewUser{Email: address(i), Password: password}); err != nil {
			return err
		}
	}
	s, err := openSite(ctx, c.bench, d, accounts.Authenticate, 0)
	if err != nil {
		return err
	}
	s.users = make([]session, 1)
	everybody := func() error {
		for i := range logins {
			s.users[0] = session{}
			if err := s.loginAs(ctx, 0, address(i)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := everybody(); err != nil {
		return err
	}
	if between != nil {
		if err := between(ctx); err != nil {
			return err
		}
	}
	written, err := d.store.(postgresStore).wal(ctx, everybody)
	if err != nil {
		return err
	}
	c.add("bytes of WAL per login, "+name, "%.0f", float64(written)/logins)
	return nil
}

func micro(d time.Duration) time.Duration { return d.Round(time.Microsecond) }
