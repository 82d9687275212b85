package pgstore

import (
	"context"
	"io/fs"
)

// MigrateWith brings the schema up to date for a program that knows other migrations.
func (s *Store) MigrateWith(ctx context.Context, files fs.FS) error { return s.migrate(ctx, files) }

// Migrations are those of this program.
func Migrations() fs.FS { return migrationFiles }

// CountSessions counts all of so many sessions at most.
var CountSessions = (*Store).countSessions

// Statements that are looked at in tests.
var (
	SessionQuery         = sessionQuery
	SessionList          = sessionList
	SessionRotate        = sessionRotate
	SessionRotateCurrent = sessionRotateCurrent
	SessionRevokeMany    = sessionRevokeMany
	SessionDelete        = sessionDelete
	ProofUse             = proofUse
)

// RuntimeParams are set at the start of each connection.
var RuntimeParams = runtimeParams
