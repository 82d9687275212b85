package transfer

import "context"

// Nothing is a database that has not been made yet, for Look.
type Nothing struct{}

var _ Reader = Nothing{}

// Rows implements [Reader].
func (Nothing) Rows(context.Context, Table, Span, int) ([]Row, error) { return nil, nil }

// Count implements [Reader].
func (Nothing) Count(context.Context, Table, Span) (int64, error) { return 0, nil }

// Fact implements [Reader].
func (Nothing) Fact(context.Context, string) (string, error) { return "", nil }
