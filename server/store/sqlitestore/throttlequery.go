package sqlitestore

import _ "embed" // for the statements

// The statements on throttles.
var (
	//go:embed sql/throttle.sql
	throttleQuery string
	//go:embed sql/throttle_set.sql
	throttleSet string
	//go:embed sql/throttle_remove.sql
	throttleRemove string
	//go:embed sql/throttle_delete.sql
	throttleDelete string
)
