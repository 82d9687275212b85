package main

import (
	"context"
	"fmt"

	"github.com/authfetch/authfetch/server/store/pgstore"
)

// postgres is the database with that URL.
type postgres struct{ url string }

func (p postgres) String() string { return shownURL(p.url) }

func (p postgres) open(ctx context.Context) (database, error) {
	store, err := pgstore.Open(ctx, p.url)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	return postgresStore{store}, nil
}

func (p postgres) schema(ctx context.Context) (schema, error) {
	found, err := pgstore.ReadSchema(ctx, p.url)
	if err != nil {
		return schema{}, fmt.Errorf("%s: %w", p, err)
	}
	return schema{found.Current, found.Latest}, nil
}

func (p postgres) used(ctx context.Context) error {
	found, err := p.schema(ctx)
	if err == nil && found.current == 0 {
		return fmt.Errorf("%s has no tables of ours; name another database with --database, or make them with \"authfetchd migrate\"", p)
	}
	return err
}

// postgresStore is a store that can be asked about its connections.
type postgresStore struct{ *pgstore.Store }

func (s postgresStore) connections() connections {
	stat := s.Pool().Stat()
	return connections{
		acquired: stat.AcquiredConns(), idle: stat.IdleConns(), max: stat.MaxConns(),
		waits: stat.EmptyAcquireCount(),
	}
}
