-- Without the index of the users' live sessions: it would be followed to nearly
-- every row, in an order that is not theirs.
SELECT count(*)
FROM sessions NOT INDEXED
WHERE revoked_at IS NULL AND idle_expires_at > ?1 AND expires_at > ?1
