"""Determine which role each layer plays in a traced network."""
