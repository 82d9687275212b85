package sqlitestore

import _ "embed" // for the statements

// The statements. Each is one atomic step.
var (
	//go:embed sql/session.sql
	sessionQuery string
	//go:embed sql/session_list.sql
	sessionListQuery string
	//go:embed sql/session_insert.sql
	sessionInsert string
	//go:embed sql/session_rotate.sql
	sessionRotate string
	//go:embed sql/session_replay.sql
	sessionReplay string
	//go:embed sql/session_see.sql
	sessionSee string
	//go:embed sql/session_revoke.sql
	sessionRevoke string
	//go:embed sql/session_revoke_ids.sql
	sessionRevokeIDs string
	//go:embed sql/session_revoke_user.sql
	sessionRevokeUser string
	//go:embed sql/session_walk.sql
	sessionWalkQuery string
	//go:embed sql/session_ended.sql
	sessionEndedQuery string
	//go:embed sql/session_delete.sql
	sessionDelete string
	//go:embed sql/session_count.sql
	sessionCountQuery string

	//go:embed sql/secret_sessions.sql
	secretSessions string
	//go:embed sql/key_list.sql
	keyListQuery string
	//go:embed sql/key_delete.sql
	keyDelete string
	//go:embed sql/key_insert.sql
	keyInsert string
)
