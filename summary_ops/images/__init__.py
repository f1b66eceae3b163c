"""Convert images between the model's tensors, pixels and stored pictures."""
