SELECT {columns} FROM authfetch.{table} WHERE {span} ORDER BY {key} LIMIT {limit}
