"""Records from arrays of any framework."""
