SELECT id, email, name, password_hash, created_at, disabled_at
FROM authfetch.users
ORDER BY email
