"""Determine which part of the input each unit sees."""
