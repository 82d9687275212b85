DELETE FROM authfetch.{table} WHERE {span}
