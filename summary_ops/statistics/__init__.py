"""Mergeable statistics of pooled activations; they know nothing of hooks, files or each other."""
