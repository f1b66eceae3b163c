"""Find what a request names: subjects, graphs, maps and pictures of a run."""
