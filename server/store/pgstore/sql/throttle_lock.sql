-- A bucket that is not there has no row that could be locked. The order keeps two who
-- want the same ones from waiting for each other.
SELECT pg_advisory_xact_lock(lock)
FROM (SELECT DISTINCT hashtextextended(key, 0) AS lock FROM unnest($1::text[]) key ORDER BY lock) locks
