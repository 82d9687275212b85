-- Who reads goes on reading.
LOCK TABLE authfetch.signing_keys IN SHARE ROW EXCLUSIVE MODE
