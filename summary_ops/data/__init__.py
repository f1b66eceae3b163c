"""Take apart, cut and sample what a user passes to the model: nested values, batches, datasets."""
