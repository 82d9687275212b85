-- It does not wait for the disk: what a power failure makes the database forget are
-- the proofs of the last moments before it, which were good for minutes.
WITH hurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO authfetch.used_proofs (id, forget_at)
SELECT $1, $2 FROM hurried
ON CONFLICT (id) DO NOTHING
