-- The condition once more: a session may have been refreshed since it was read.
DELETE FROM sessions
WHERE id IN (SELECT value FROM json_each(?1))
  AND (revoked_at < ?2 OR idle_expires_at < ?2 OR expires_at < ?2)
