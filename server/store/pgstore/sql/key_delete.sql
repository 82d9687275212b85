DELETE FROM authfetch.signing_keys
