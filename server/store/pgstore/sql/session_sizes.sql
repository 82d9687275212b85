-- About how many sessions there are, as the last vacuum or analyze has left it;
-- negative where neither has come by.
SELECT reltuples::float8 FROM pg_class WHERE oid = 'authfetch.sessions'::regclass
