"""Compose influence along paths, and rank the units of a network."""
