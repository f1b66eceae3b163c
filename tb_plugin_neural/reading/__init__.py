"""Read a log directory without TensorBoard's server: for scripts, notebooks and the command."""
