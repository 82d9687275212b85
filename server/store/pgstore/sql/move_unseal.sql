-- With its triggers.
DROP FUNCTION IF EXISTS authfetch.moved() CASCADE
