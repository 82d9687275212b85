-- An empty $3 replaces whatever is there.
UPDATE authfetch.users
SET password_hash = $2
WHERE id = $1 AND $3 IN ('', password_hash)
