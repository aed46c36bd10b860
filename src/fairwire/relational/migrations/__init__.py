"""Steps of the schema, one change a file, applied when a store is opened."""
