"""Statistics of recorded activations: pure functions of arrays, without files or HTTP."""
