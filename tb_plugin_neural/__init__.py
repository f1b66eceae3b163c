"""Neural for TensorBoard: the part that runs in TensorBoard's process, and the shared formats."""
