SELECT *
FROM session_records
WHERE user_id = ?1 AND revoked_at IS NULL AND NOT user_disabled
  AND idle_expires_at > ?2 AND expires_at > ?2
ORDER BY created_at DESC, id
