package sqlitestore

import _ "embed" // for the statements

// The statements on users.
var (
	//go:embed sql/user_insert.sql
	userInsert string
	//go:embed sql/user_by_email.sql
	userByEmail string
	//go:embed sql/user_by_id.sql
	userByID string
	//go:embed sql/user_list.sql
	userList string
	//go:embed sql/user_password.sql
	userPassword string
	//go:embed sql/user_disabled.sql
	userDisabled string
)
