"""Hold what is known of a recorded model: its layers, task, output and fingerprint."""
