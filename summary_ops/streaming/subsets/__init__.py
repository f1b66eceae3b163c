"""Determine which subsets each input of a batch belongs to."""
