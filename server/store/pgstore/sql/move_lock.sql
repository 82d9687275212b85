-- Who reads goes on reading; who writes, and another one who does this, waits.
LOCK TABLE authfetch.meta, authfetch.signing_keys, authfetch.users, authfetch.throttles,
    authfetch.used_proofs, authfetch.sessions IN SHARE ROW EXCLUSIVE MODE
