INSERT INTO authfetch.throttles (key, failures, pending, since, pauses, closed_until, forget_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (key) DO UPDATE
SET failures = $2, pending = $3, since = $4, pauses = $5, closed_until = $6, forget_at = $7
