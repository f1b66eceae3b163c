"""List what every run has recorded."""
