DELETE FROM authfetch.throttles WHERE key = $1
