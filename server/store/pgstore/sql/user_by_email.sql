SELECT id, email, name, password_hash, created_at, disabled_at
FROM authfetch.users
WHERE email = $1
