package pgtest

import "context"

// ErrPortTaken makes Run try another port.
var ErrPortTaken = errPortTaken

// StartAgain is Restart's second half.
func (s *Server) StartAgain(ctx context.Context) error { return s.start(ctx) }

// PID is the number of the running postgres.
func (s *Server) PID() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.process.pid
}

// Dir is where all files of the server are.
func (s *Server) Dir() string { return s.dir }

// FindBinaries is where the programs are.
func FindBinaries() (string, error) { return findBinaries() }

// SetPlaces replaces the places that are looked at beside PATH.
func SetPlaces(globs ...string) (reset func()) {
	before := places
	places = globs
	return func() { places = before }
}
