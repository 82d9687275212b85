package pgstore

import (
	"context"
	"time"
)

// Clock is the database's clock, which sessions go by. The error wraps
// rotation.ErrUnavailable.
func (s *Store) Clock(ctx context.Context) (time.Time, error) {
	var now time.Time
	if err := s.pool.QueryRow(ctx, clock).Scan(&now); err != nil {
		return time.Time{}, unavailable("read the clock", err)
	}
	return now.UTC(), nil
}
