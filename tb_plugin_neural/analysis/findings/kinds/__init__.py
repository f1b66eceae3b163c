"""The kinds of findings: one small pure function each, its null hypothesis in the docstring."""
