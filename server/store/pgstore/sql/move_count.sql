SELECT count(*) FROM authfetch.{table} WHERE {span}
