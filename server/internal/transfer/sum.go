package transfer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
)

// Sum is what is compared of a table: how many rows it has, and the SHA-256 of all of
// them in the order of their keys.
type Sum struct {
	Rows   int64
	SHA256 [sha256.Size]byte
}

// sum reads a table from its beginning to its end.
func sum(ctx context.Context, from Reader, table Table, page int, read func(rows int)) (s Sum, err error) {
	hash := sha256.New()
	var buffer []byte
	span := table.All
	for {
		rows, err := from.Rows(ctx, table, span, page)
		if err != nil {
			return Sum{}, fmt.Errorf("read %s: %w", table.Name, err)
		}
		buffer = encode(buffer[:0], rows)
		hash.Write(buffer) // never fails
		s.Rows += int64(len(rows))
		read(len(rows))
		if len(rows) < page {
			hash.Sum(s.SHA256[:0])
			return s, nil
		}
		span.After = rows[len(rows)-1][0]
	}
}

// Comparison is a table as it is on both sides.
type Comparison struct {
	Table          string
	Source, Target Sum
}

// Equal tells whether both sides hold the same.
func (c Comparison) Equal() bool { return c.Source == c.Target }

// compare reads a table on both sides, at the same time, each for itself.
func compare(ctx context.Context, source, target Reader, table Table, page int, read func(rows int)) (Comparison, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := Comparison{Table: table.Name}
	var both sync.WaitGroup
	for _, side := range []struct {
		from Reader
		into *Sum
		read func(rows int)
	}{
		{source, &c.Source, read},
		{target, &c.Target, func(int) {}},
	} {
		both.Go(func() {
			var err error
			if *side.into, err = sum(ctx, side.from, table, page, side.read); err != nil {
				cancel(err) // the first one counts
			}
		})
	}
	both.Wait()
	return c, context.Cause(ctx)
}
