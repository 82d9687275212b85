package sqlitestore

import (
	"database/sql"
	"time"
)

// millis is how a time is stored.
func millis(t time.Time) int64 { return t.UnixMilli() }

// nullMillis is how a time is stored that may not have come.
func nullMillis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

// fromMillis reads what millis wrote.
func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// fromNullMillis reads what nullMillis wrote.
func fromNullMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMillis(ms.Int64)
}
