SELECT {columns} FROM {table} WHERE {span} ORDER BY {key} LIMIT ?3
