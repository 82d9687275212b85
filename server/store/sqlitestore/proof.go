package sqlitestore

import (
	"context"
	_ "embed" // for the statements
	"time"

	"github.com/authfetch/authfetch/server/dpop"
)

var _ dpop.Replays = (*Store)(nil)

// The statements on used proofs.
var (
	//go:embed sql/proof_use.sql
	proofUse string
	//go:embed sql/proof_forget.sql
	proofForget string
)

// UseProof implements [dpop.Replays].
func (s *Store) UseProof(ctx context.Context, id dpop.ID, until time.Time) (bool, error) {
	inserted := 0
	err := s.write(ctx, func(ctx context.Context, tx *prepared) (err error) {
		if inserted, err = tx.exec(ctx, proofUse, id[:], millis(until)); err != nil {
			return unavailable("use a proof", err)
		}
		return nil
	})
	return inserted == 1 && err == nil, err
}

// ForgetProofs implements [dpop.Replays].
func (s *Store) ForgetProofs(ctx context.Context, by time.Time) (int, error) {
	return s.inBatches(ctx, "forget used proofs", proofForget, millis(by))
}
