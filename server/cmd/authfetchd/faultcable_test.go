package main_test

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// way is one of the two that bytes go through a cable.
type way int

const (
	toDatabase way = iota
	fromDatabase
)

// cable is the network between a node and the database, which a test cuts or blocks.
type cable struct {
	url string // of the database, by way of the cable
	to  string

	mu    sync.Mutex
	ends  map[net.Conn]bool
	left  [2]int // bytes until it is cut; negative: it is not
	cuts  int
	flows chan struct{} // closed where bytes get through
}

// newCable lays one to a database, until the test ends.
func newCable(t *testing.T, database string) *cable {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{to: u.Host, ends: make(map[net.Conn]bool), left: [2]int{-1, -1}, flows: make(chan struct{})}
	close(c.flows)
	u.Host = listener.Addr().String()
	c.url = u.String()
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			group.Go(func() { c.join(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		c.unblock()
		c.cut()
		group.Wait()
	})
	return c
}

// join connects a node to the database, until either hangs up or the cable is cut.
func (c *cable) join(node net.Conn) {
	database, err := net.Dial("tcp", c.to)
	if err != nil {
		_ = node.Close()
		return
	}
	c.mu.Lock()
	c.ends[node], c.ends[database] = true, true
	c.mu.Unlock()
	var group sync.WaitGroup
	for way, pair := range [][2]net.Conn{toDatabase: {node, database}, fromDatabase: {database, node}} {
		group.Go(func() {
			c.pass(pair[0], pair[1], way)
			_ = pair[0].Close()
			_ = pair[1].Close()
		})
	}
	group.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.ends, node)
	delete(c.ends, database)
}

// pass copies bytes for as long as they get through.
func (c *cable) pass(from, to net.Conn, way int) {
	chunk := make([]byte, 16<<10)
	for {
		n, err := from.Read(chunk)
		c.mu.Lock()
		flows := c.flows
		c.mu.Unlock()
		<-flows
		allowed := c.allow(way, n)
		if _, failed := to.Write(chunk[:allowed]); failed != nil || err != nil {
			return
		}
		if allowed < n {
			c.cut()
			return
		}
	}
}

// allow is how many of the next n bytes get through.
func (c *cable) allow(way, n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch left := c.left[way]; {
	case left < 0:
		return n
	case n > left:
		c.left[way] = -1
		c.cuts++
		return left
	}
	c.left[way] -= n
	return n
}

// cutAfter cuts all connections when so many bytes have gone that way, and another
// one comes.
func (c *cable) cutAfter(way way, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left[way] = bytes
}

// mend keeps a cut from coming that has not come yet, and reports whether it has.
func (c *cable) mend() (cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cut = c.cuts > 0
	c.left, c.cuts = [2]int{-1, -1}, 0
	return cut
}

// cut closes all connections.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for end := range c.ends {
		_ = end.Close()
	}
}

// block lets nothing through any more, and tells nobody.
func (c *cable) block() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flows = make(chan struct{})
}

// unblock lets everything through again, what has come meanwhile first.
func (c *cable) unblock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.flows:
	default:
		close(c.flows)
	}
}
