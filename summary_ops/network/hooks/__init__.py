"""Hook recorded layers, once, and hand what they put out to a sink."""
