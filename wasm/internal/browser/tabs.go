//go:build js && wasm

package browser

import (
	"time"

	"github.com/authfetch/authfetch/server/wire"
	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// Tabs reaches the other tabs of the browser by a Web Lock and a BroadcastChannel,
// both of one name, and does without either where the browser has none. It implements
// [session.Tabs].
type Tabs struct {
	realm   *Realm
	name    string
	class   safejs.Value // of channels; undefined: there is none
	channel safejs.Value // undefined while it is closed
	heard   Callback
}

var _ session.Tabs = (*Tabs)(nil)

// The fields of a message.
const (
	messageMark   = "mark"
	messageReason = "reason"
	messageCode   = "code"
)

// NewTabs returns the tabs that use the auth server with the given refresh URL. hear
// is called with what they tell, once they are open.
func (r *Realm) NewTabs(refreshURL string, hear func(session.News)) *Tabs {
	t := &Tabs{realm: r, name: "authfetch " + refreshURL}
	heard, err := NewCallback(func(args []safejs.Value) any {
		data, err := r.call(messageData, Argument(args, 0))
		if err != nil {
			return nil
		}
		mark := r.mark(Text(r.Property(data, messageMark)))
		if mark.State == "" {
			return nil // somebody else's message
		}
		go hear(session.News{
			Mark:   mark,
			Reason: session.Reason(Text(r.Property(data, messageReason))),
			Code:   wire.Code(Text(r.Property(data, messageCode))),
		})
		return nil
	})
	if err == nil {
		t.heard, t.class = heard, r.natives[newChannel]
	}
	return t
}

// Open lets messages come.
func (t *Tabs) Open() {
	if !t.channel.IsUndefined() || t.class.IsUndefined() {
		return
	}
	channel, err := t.class.New(t.name)
	if err != nil {
		return // no storage, no tabs
	}
	t.channel = channel
	_, _ = t.realm.call(addListener, channel, "message", t.heard.Value())
}

// Close lets go of everything.
func (t *Tabs) Close() {
	t.Rest()
	if !t.class.IsUndefined() {
		t.class = safejs.Undefined()
		t.heard.Release()
	}
}

// Rest lets no messages come until Open is called again: an open channel could keep a
// page out of the back/forward cache.
func (t *Tabs) Rest() {
	if !t.channel.IsUndefined() {
		_, _ = t.realm.call(channelClose, t.channel)
		t.channel = safejs.Undefined()
	}
}

// Tell posts a message.
func (t *Tabs) Tell(n session.News) {
	if !t.channel.IsUndefined() {
		_, _ = t.realm.call(channelPost, t.channel, t.realm.record(
			messageMark, markText(n.Mark), messageReason, string(n.Reason), messageCode, string(n.Code)))
	}
}

// Lock asks for the lock (Web Locks API), which the browser takes from a tab that dies.
func (t *Tabs) Lock(patience session.Span) (held bool, unlock func()) {
	r := t.realm
	open := func() {}
	if r.natives[requestLock].IsUndefined() || r.natives[timeoutSignal].IsUndefined() {
		return true, open // one tab works the same
	}
	work, err := r.NewDeferred()
	if err != nil {
		return false, open
	}
	outcome := make(chan bool, 2) // whether it was granted, and then that it is over
	granted, err := NewCallback(func([]safejs.Value) any {
		outcome <- true
		return work.Promise
	})
	if err != nil {
		return false, open
	}
	var over Callback
	over, err = NewCallback(func([]safejs.Value) any {
		outcome <- false
		granted.Release()
		over.Release()
		return nil
	})
	if err != nil {
		return false, open
	}
	signal, err := r.call(timeoutSignal, time.Duration(patience).Milliseconds())
	if err == nil {
		var lock safejs.Value
		if lock, err = r.call(requestLock, t.name, r.record("signal", signal), granted.Value()); err == nil {
			_, err = r.then(lock, over.Value(), over.Value())
		}
	}
	if err != nil {
		granted.Release()
		over.Release()
		return false, open
	}
	return <-outcome, func() { work.Resolve(safejs.Undefined()) }
}
