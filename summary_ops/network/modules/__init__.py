"""Name a model's modules and tell their calls apart."""
