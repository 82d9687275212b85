-- In the order of the keys that were asked for, zero where there is none.
SELECT t.key IS NOT NULL, coalesce(t.failures, 0), coalesce(t.pending, 0), t.since, coalesce(t.pauses, 0), t.closed_until, t.forget_at
FROM unnest($1::text[]) WITH ORDINALITY asked (key, place)
LEFT JOIN authfetch.throttles t ON t.key = asked.key
ORDER BY asked.place
