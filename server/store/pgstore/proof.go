package pgstore

import (
	"context"
	"time"

	"github.com/authfetch/authfetch/server/dpop"
)

var _ dpop.Replays = (*Store)(nil)

// UseProof implements [dpop.Replays]. It does not wait for the disk.
func (s *Store) UseProof(ctx context.Context, id dpop.ID, until time.Time) (bool, error) {
	tag, err := s.pool.Exec(ctx, proofUse, id[:], until)
	if err != nil {
		return false, unavailable("use a proof", err)
	}
	return tag.RowsAffected() == 1, nil
}

// ForgetProofs implements [dpop.Replays]. A proof that counts still by the database's
// clock stays.
func (s *Store) ForgetProofs(ctx context.Context, by time.Time) (int, error) {
	return s.inBatches(ctx, "forget used proofs", proofForget, by)
}
