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

// Hint remembers whether there may be a session. It implements [session.Hint].
type Hint struct {
	mu       sync.Mutex
	mayExist bool
	known    bool
}

var _ session.Hint = (*Hint)(nil)

// Load returns what was saved.
func (h *Hint) Load() (mayExist, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mayExist, h.known
}

// Save remembers.
func (h *Hint) Save(mayExist bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mayExist, h.known = mayExist, true
}
