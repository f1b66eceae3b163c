"""Read a log directory's records: typed, cached and bounded."""
