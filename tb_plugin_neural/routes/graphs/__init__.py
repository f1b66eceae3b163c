"""Answer requests for attribution graphs, their units and classes."""
