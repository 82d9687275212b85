package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
)

// balancerURL is what devices call. It stands for the node whose turn it is.
const balancerURL = "http://balancer.example"

// errCut says that no answer came because the node has ended, or that no node was
// there. Any other error is a failure of a node.
var errCut = errors.New("cut off")

// balancer gives each request to the next node, and where that one is away to the
// one after it. It repeats nothing that a node may have received.
type balancer struct {
	turn  atomic.Uint64
	nodes []*node
}

func newBalancer(nodes int) *balancer {
	b := &balancer{}
	for range nodes {
		b.nodes = append(b.nodes, &node{})
	}
	return b
}

func (b *balancer) at(i int) *node { return b.nodes[i] }

// RoundTrip implements http.RoundTripper. The answer has come completely.
func (b *balancer) RoundTrip(req *http.Request) (*http.Response, error) {
	for range b.nodes {
		life := b.nodes[int(b.turn.Add(1))%len(b.nodes)].life.Load()
		if life == nil {
			continue
		}
		res, err := life.RoundTrip(req)
		if !errors.Is(err, errAway) {
			return res, err
		}
	}
	return nil, fmt.Errorf("%w: no node is there", errCut)
}

// node is one of those behind a balancer. It comes and goes.
type node struct{ life atomic.Pointer[life] }

func (n *node) set(p process) {
	n.life.Store(&life{process: p, transport: &http.Transport{MaxIdleConnsPerHost: 1000}})
}

// RoundTrip asks this node alone.
func (n *node) RoundTrip(req *http.Request) (*http.Response, error) {
	if life := n.life.Load(); life != nil {
		return life.RoundTrip(req)
	}
	return nil, errAway
}

func (n *node) kill() {
	if life := n.life.Load(); life != nil {
		life.over.Store(true) // what breaks from now on may break
		life.kill()
		life.transport.CloseIdleConnections()
	}
}

// stop ends it as an operator does: it is taken out of the balancer, requests come to
// their end, and then it is told.
func (n *node) stop() {
	if life := n.life.Swap(nil); life != nil {
		life.busy.Lock()
		defer life.busy.Unlock()
		life.over.Store(true)
		life.stop()
		life.transport.CloseIdleConnections()
	}
}

// life is a node from one start to the next.
type life struct {
	process
	transport *http.Transport
	over      atomic.Bool
	busy      sync.RWMutex // held for reading by every request
}

// errAway says that a node that has ended has not received the request.
var errAway = errors.New("the node is away")

// RoundTrip reads the whole answer: it is cut off as long as that is not there.
func (l *life) RoundTrip(req *http.Request) (*http.Response, error) {
	l.busy.RLock()
	defer l.busy.RUnlock()
	at, err := url.Parse(l.url)
	if err != nil {
		return nil, err
	}
	out := req.Clone(req.Context())
	out.URL.Host = at.Host
	if req.GetBody != nil { // the request may go to another node afterwards
		if out.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	var body []byte
	res, err := l.transport.RoundTrip(out)
	if err == nil {
		body, err = io.ReadAll(res.Body)
		_ = res.Body.Close() // it has been read
	}
	switch dial, ok := errors.AsType[*net.OpError](err); {
	case err == nil:
		res.Body = io.NopCloser(bytes.NewReader(body))
		return res, nil
	case !l.over.Load():
		return nil, err
	case ok && dial.Op == "dial":
		return nil, errAway
	default:
		return nil, fmt.Errorf("%w: %w", errCut, err)
	}
}
