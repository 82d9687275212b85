-- A row that has the same in a unique column goes.
INSERT OR REPLACE INTO {table} ({columns}) VALUES ({values})
