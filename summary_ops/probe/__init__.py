"""Hold the fixed inputs that are compared over steps and runs."""
