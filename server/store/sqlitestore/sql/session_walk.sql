-- The end of a step: the id of the last session that it looks at.
SELECT max(id)
FROM (SELECT id FROM sessions WHERE id > ?1 ORDER BY id LIMIT ?2)
