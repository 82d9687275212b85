DROP TRIGGER IF EXISTS moved_{table}_{event}
