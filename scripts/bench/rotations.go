package main

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authfetch/authfetch/server/rotation"
)

// rotations rotates sessions of nobody in particular by the statement that a refresh
// is on PostgreSQL, without their tokens.
type rotations struct {
	postgresStore
	current []rotation.Token
}

// apart picks sessions at random, as many or fewer, no two of them in one page.
func (s postgresStore) apart(ctx context.Context, count int) (*rotations, error) {
	rows, err := s.Pool().Query(ctx, `SELECT id, generation, nonce FROM (
		SELECT DISTINCT ON (page) id, generation, nonce FROM (
			SELECT *, (ctid::text::point)[0] AS page FROM authfetch.sessions
		) placed ORDER BY page
	) apart ORDER BY random() LIMIT $1`, count)
	return s.rotations(rows, err)
}

// anywhere picks sessions at random.
func (s postgresStore) anywhere(ctx context.Context, count int) (*rotations, error) {
	rows, err := s.Pool().Query(ctx, "SELECT id, generation, nonce FROM authfetch.sessions ORDER BY random() LIMIT $1", count)
	return s.rotations(rows, err)
}

func (s postgresStore) rotations(rows pgx.Rows, err error) (*rotations, error) {
	if err != nil {
		return nil, err
	}
	current, err := pgx.CollectRows(rows, pgx.RowToStructByPos[rotation.Token])
	return &rotations{s, current}, err
}

// rotate rotates one.
func (r *rotations) rotate(ctx context.Context, i int) error {
	rec, err := r.RotateCurrent(ctx, r.current[i], "", rotation.Successor{Nonce: rand.Text(), IdleTTL: 24 * time.Hour, Client: client})
	r.current[i] = rotation.Token{SessionID: rec.ID, Generation: rec.Generation, Nonce: rec.Nonce}
	return err
}

// spell is what came out of some time of work.
type spell struct {
	took  []time.Duration // each
	whole time.Duration
}

// all rotates each session once, by that many clients, as long as there is time.
func (r *rotations) all(ctx context.Context, clients int, limit time.Duration) (spell, error) {
	var (
		group sync.WaitGroup
		took  = make([][]time.Duration, clients)
		errs  = make([]error, clients)
		start = time.Now()
	)
	for c := range clients {
		group.Go(func() {
			for i := c; i < len(r.current) && errs[c] == nil && time.Since(start) < limit; i += clients {
				begin := time.Now()
				errs[c] = r.rotate(ctx, i)
				took[c] = append(took[c], time.Since(begin))
			}
		})
	}
	group.Wait()
	return spell{slices.Concat(took...), time.Since(start)}, errors.Join(errs...)
}

// rate is how many there were in a second.
func (s spell) rate() float64 { return float64(len(s.took)) / s.whole.Seconds() }

// mean is how long one took.
func (s spell) mean() time.Duration {
	var sum time.Duration
	for _, d := range s.took {
		sum += d
	}
	return sum / time.Duration(len(s.took))
}
