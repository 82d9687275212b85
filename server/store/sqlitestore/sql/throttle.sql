SELECT failures, pending, since, pauses, closed_until, forget_at
FROM throttles
WHERE key = ?1
