"""Trace a model's operations and find which units feed which."""
