"""Name a model's modules and distinguish their calls."""
