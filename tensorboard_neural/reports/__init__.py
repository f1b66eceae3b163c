"""The report: a run's findings in the terminal, in a pull request, for machines, on one page."""
