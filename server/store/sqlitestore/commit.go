package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
)

// committer lets writes that come at the same time share a commit: most of what a
// write takes is the wait for the disk, and one wait is enough for all of them.
//
// There is no goroutine for it. Whoever finds that nobody commits does so for all
// who wait. Alone, a write waits for nothing but the disk; and a batch is as large
// as what came while the one before it was written.
type committer struct {
	pool *sql.DB   // of a single connection, because SQLite has one writer at a time
	conn *sql.Conn // that connection
	tx   *prepared // on it
	sync string    // how it commits: one of the two below; is the leader's

	leader chan struct{} // is full while somebody commits

	mu      sync.Mutex
	waiting []*write // first come, first served
	closed  bool     // nobody may wait any more
}

// How the connection commits. SQLite does not let that change in a transaction.
const (
	syncFull   = "PRAGMA synchronous = FULL"   // each commit is on the disk, with all that were before it
	syncNormal = "PRAGMA synchronous = NORMAL" // the last ones may be lost with the power, and nothing else is
)

var (
	errClosed   = errors.New("database is closed")
	errPanicked = errors.New("another write of the batch panicked")
)

// newCommitter takes the pool's connection for good.
func newCommitter(ctx context.Context, pool *sql.DB) (*committer, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &committer{pool: pool, conn: conn, tx: newPrepared(conn), sync: syncFull, leader: make(chan struct{}, 1)}, nil
}

// do runs a write and returns when it is on the disk. An error of run undoes what
// run did, and is returned as it is. Any other error wraps rotation.ErrUnavailable.
//
// A context that ends while the write waits for its turn ends the wait. What has
// begun is finished, because others share the transaction: run gets a context
// that does not end.
//
// A fleeting write is there for everybody when do returns, and survives the process.
// It does not wait for the disk, so that a power failure may undo it, unless others
// have shared its batch, or written since.
func (c *committer) do(ctx context.Context, fleeting bool, run func(ctx context.Context, tx *prepared) error) error {
	w := &write{ctx: ctx, run: run, fleeting: fleeting, done: make(chan struct{})}
	if !c.enqueue(w) {
		return unavailable("write", errClosed)
	}
	for !w.answered() {
		select {
		case <-w.done:
		case c.leader <- struct{}{}:
			c.lead()
		case <-ctx.Done():
			c.withdraw(w)
			<-w.done // at once, unless it has begun
		}
	}
	return w.err
}

func (c *committer) enqueue(w *write) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.waiting = append(c.waiting, w)
	}
	return !c.closed
}

// withdraw takes a write out of the queue. One that is in a batch stays there.
func (c *committer) withdraw(w *write) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.waiting, w); i >= 0 {
		c.waiting = slices.Delete(c.waiting, i, i+1)
		w.abandon()
	}
}

// lead commits a batch and lets somebody else lead. It reports false where
// nobody waits.
func (c *committer) lead() bool {
	defer func() { <-c.leader }()
	batch := c.next()
	if len(batch) == 0 {
		return false
	}
	err := unavailable("write", errPanicked)
	defer func() { batch.finish(err) }()
	if err = c.setSync(batch.lasts()); err == nil {
		err = batch.commit(c.tx)
	}
	return true
}

// setSync sets how the next batch is committed. The statement is not one to keep
// prepared: SQLite does what it says when it reads it.
func (c *committer) setSync(lasts bool) error {
	want := syncNormal
	if lasts {
		want = syncFull
	}
	if want == c.sync {
		return nil
	}
	if _, err := c.conn.ExecContext(context.Background(), want); err != nil {
		return unavailable("change how to commit", err)
	}
	c.sync = want
	return nil
}

// next is the next batch. It leaves out who does not wait any more.
func (c *committer) next() (next batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := 0
	for _, w := range c.waiting {
		if len(next) == maxBatch {
			break
		}
		taken++
		if w.ctx.Err() != nil {
			w.abandon()
			continue
		}
		next = append(next, w)
	}
	c.waiting = slices.Delete(c.waiting, 0, taken)
	return next
}

// close commits what waits and closes the connection. It can be called again.
func (c *committer) close() error {
	c.mu.Lock()
	again := c.closed
	c.closed = true
	c.mu.Unlock()
	if again {
		return nil
	}
	for waiting := true; waiting; {
		c.leader <- struct{}{}
		waiting = c.lead()
	}
	return errors.Join(c.tx.close(), c.conn.Close(), c.pool.Close())
}
