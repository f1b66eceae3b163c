"""Measure how much each unit contributes to the units that it feeds."""
