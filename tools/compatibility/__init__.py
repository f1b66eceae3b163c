"""Try the recorder on wrappers and libraries, and write down what it records."""
