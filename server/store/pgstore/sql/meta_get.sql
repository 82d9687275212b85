SELECT value FROM authfetch.meta WHERE name = $1
