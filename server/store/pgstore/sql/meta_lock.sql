-- Who reads goes on reading.
LOCK TABLE authfetch.meta IN SHARE ROW EXCLUSIVE MODE
