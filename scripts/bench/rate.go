package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	rounds  = 7 // of each of the two sides, in turns
	roundOf = time.Second
)

// operation is what a client does again and again. Clients are numbered from 0.
type operation func(ctx context.Context, client int) error

// comparison is two operations that are measured in turns.
type comparison struct {
	clients   int
	ours      operation
	reference operation
}

// rates are operations per second, and their ratio: each the median of the rounds.
type rates struct{ ours, reference, ratio float64 }

func (c comparison) measure(ctx context.Context) (rates, error) {
	// What is done first only once, and what the last measurement has left behind.
	for _, op := range []operation{c.ours, c.reference} {
		if _, err := rate(ctx, c.clients, roundOf/2, op); err != nil {
			return rates{}, err
		}
	}
	var ours, reference, ratios []float64
	for range rounds {
		a, err := rate(ctx, c.clients, roundOf, c.ours)
		if err != nil {
			return rates{}, err
		}
		b, err := rate(ctx, c.clients, roundOf, c.reference)
		if err != nil {
			return rates{}, err
		}
		ours, reference, ratios = append(ours, a), append(reference, b), append(ratios, a/b)
	}
	return rates{median(ours), median(reference), median(ratios)}, nil
}

func (r rates) row(name string) row {
	return row{
		name: name, ratio: r.ratio,
		measured: fmt.Sprintf("%.0f/s", r.ours), against: fmt.Sprintf("%.0f/s", r.reference),
	}
}

// rate runs the operation with that many clients at once, each as fast as it can,
// and returns how many there were in a second.
func rate(ctx context.Context, clients int, length time.Duration, op operation) (float64, error) {
	var (
		count atomic.Int64
		group sync.WaitGroup
		errs  = make([]error, clients)
		start = time.Now()
	)
	for client := range clients {
		group.Go(func() {
			for errs[client] == nil && time.Since(start) < length {
				errs[client] = op(ctx, client)
				count.Add(1)
			}
		})
	}
	group.Wait()
	return float64(count.Load()) / time.Since(start).Seconds(), errors.Join(errs...)
}

// median is the middle one, or the higher of the two.
func median[T float64 | time.Duration](values []T) T { return quantile(values, 0.5) }

// quantile is the value that so large a part of them is not above.
func quantile[T float64 | time.Duration](values []T, part float64) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

// each calls f with the numbers from 0, 64 at a time.
func each(count int, f func(i int) error) error {
	var (
		group sync.WaitGroup
		next  atomic.Int64
		errs  = make([]error, 64)
	)
	for worker := range errs {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < count && errs[worker] == nil; i = int(next.Add(1)) - 1 {
				errs[worker] = f(i)
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}
