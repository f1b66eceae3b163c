"""Answer requests for activations, their statistics and their projections."""
