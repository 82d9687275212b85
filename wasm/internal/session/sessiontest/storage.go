package sessiontest

import (
	"sync"

	"github.com/authfetch/authfetch/wasm/internal/session"
)

// Storage is a page's storage. It implements [session.Storage].
type Storage struct {
	mu     sync.Mutex
	stored session.Stored
	fail   error
}

var _ session.Storage = (*Storage)(nil)

// Load returns what is stored.
func (s *Storage) Load() (session.Stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored, s.fail
}

// Save stores.
func (s *Storage) Save(v session.Stored) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.stored = v
	}
	return s.fail
}

// Clear stores nothing, which works in a full storage as well.
func (s *Storage) Clear() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored = session.Stored{}
	return nil
}

// Fail makes the storage fail from now on, as a full or blocked one does.
func (s *Storage) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Token is the stored access token.
func (s *Storage) Token() session.AccessToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored.AccessToken
}

// Hint keeps the mark of one browser, for all of its tabs. It implements
// [session.Hint].
type Hint struct {
	mu   sync.Mutex
	mark session.Mark
}

var _ session.Hint = (*Hint)(nil)

// Load returns what was saved last.
func (h *Hint) Load() session.Mark {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mark
}

// Save remembers.
func (h *Hint) Save(mark session.Mark) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mark = mark
}
