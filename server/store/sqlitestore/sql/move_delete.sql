DELETE FROM {table} WHERE {span}
