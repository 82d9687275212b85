SELECT {columns},
       EXISTS (SELECT 1 FROM authfetch.users u WHERE u.id = s.user_id AND u.disabled_at IS NOT NULL),
       authfetch.clock()
FROM authfetch.sessions s
WHERE s.id = $1
