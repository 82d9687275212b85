-- A server that still runs is told why it cannot write any more. The table meta stays
-- open, for marks.
CREATE OR REPLACE FUNCTION authfetch.moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the database was moved to %', (SELECT value FROM authfetch.meta WHERE name = 'move_to');
END
$$;

CREATE OR REPLACE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE ON authfetch.signing_keys EXECUTE FUNCTION authfetch.moved();
CREATE OR REPLACE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE ON authfetch.users EXECUTE FUNCTION authfetch.moved();
CREATE OR REPLACE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE ON authfetch.throttles EXECUTE FUNCTION authfetch.moved();
CREATE OR REPLACE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE ON authfetch.used_proofs EXECUTE FUNCTION authfetch.moved();
CREATE OR REPLACE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE ON authfetch.sessions EXECUTE FUNCTION authfetch.moved();
