INSERT INTO authfetch.users (id, email, name, password_hash, created_at, disabled_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (email) DO NOTHING
