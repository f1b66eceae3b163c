"""Load a user's model, weights and pictures, and record them."""
