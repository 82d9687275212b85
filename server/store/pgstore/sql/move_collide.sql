-- What has the same in a unique column as a row that comes.
DELETE FROM authfetch.{table} WHERE {unique} = ANY ($1)
