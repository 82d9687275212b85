-- A server that still runs is told why it cannot write any more.
CREATE TRIGGER IF NOT EXISTS moved_{table}_{event} BEFORE {event} ON {table}
BEGIN
    SELECT RAISE(ABORT, 'the database was moved, see the table meta');
END
