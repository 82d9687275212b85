-- A page of rows may take longer than what a request does, and who holds the database
-- does nothing with it while the other one is written.
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0
