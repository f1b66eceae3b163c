"""Figures that the project holds, each a ratio of two things measured in one run."""
