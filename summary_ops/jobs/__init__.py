"""Jobs after training: each computes records of a recorder's model, and can write them."""
