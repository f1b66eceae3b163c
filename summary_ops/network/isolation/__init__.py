"""Keep a forward pass of ours from changing the model, the random states or the loader."""
