"""A recorder's session in a run's folder, and the writers that lead there."""
