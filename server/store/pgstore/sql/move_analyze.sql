-- The planner would go by empty tables, until autovacuum comes by.
ANALYZE authfetch.signing_keys, authfetch.users, authfetch.throttles, authfetch.used_proofs, authfetch.sessions
