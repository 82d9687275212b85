SELECT id
FROM sessions
WHERE id > ?1 AND id <= ?2
  AND (revoked_at < ?3 OR idle_expires_at < ?3 OR expires_at < ?3)
