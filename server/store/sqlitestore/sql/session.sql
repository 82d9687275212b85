SELECT * FROM session_records WHERE id = ?1
