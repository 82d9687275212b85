package pgstore

import (
	"embed"
	"strings"
)

//go:embed sql/*.sql
var queryFiles embed.FS

// The statements. Each is one atomic step.
var (
	sessionQuery         = query("session")
	sessionList          = query("session_list")
	sessionCreate        = query("session_create")
	sessionRotate        = query("session_rotate")
	sessionRotateCurrent = query("session_rotate_current")
	sessionReplay        = query("session_replay")
	sessionSee           = query("session_see")
	sessionRevoke        = query("session_revoke")
	sessionRevokeMany    = query("session_revoke_many")
	sessionDelete        = query("session_delete")
	sessionSizes         = query("session_sizes")
	sessionCount         = query("session_count")

	secretSessions = query("secret_sessions")
	metaLock       = query("meta_lock")
	metaGet        = query("meta_get")
	metaSet        = query("meta_set")

	keyList   = query("key_list")
	keyLock   = query("key_lock")
	keyDelete = query("key_delete")
	keyInsert = query("key_insert")

	clock = query("clock")

	userInsert   = query("user_insert")
	userByEmail  = query("user_by_email")
	userByID     = query("user_by_id")
	userList     = query("user_list")
	userPassword = query("user_password")
	userDisabled = query("user_disabled")

	throttleLock   = query("throttle_lock")
	throttleList   = query("throttle_list")
	throttleSet    = query("throttle_set")
	throttleRemove = query("throttle_remove")
	throttleForget = query("throttle_forget")

	proofUse    = query("proof_use")
	proofForget = query("proof_forget")
)

// query reads a statement. Its {columns} are those of a session: a star would stand
// for others as soon as a newer version adds one, and statements that are prepared
// would break.
func query(name string) string {
	return strings.ReplaceAll(queryText(name), "{columns}", sessionColumns)
}

// queryText reads a statement as it is.
func queryText(name string) string {
	text, err := queryFiles.ReadFile("sql/" + name + ".sql")
	if err != nil {
		panic(err) // it was left out when the program was built
	}
	return string(text)
}
