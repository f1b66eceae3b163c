"""`tensorboard-neural demo`: two small networks in training, and a trained one on photographs."""
