-- Whether move_seal will be allowed.
SELECT has_schema_privilege('authfetch', 'CREATE') AND bool_and(has_table_privilege(t.oid, 'TRIGGER'))
FROM pg_class t
WHERE t.relnamespace = 'authfetch'::regnamespace AND t.relname = ANY ($1)
