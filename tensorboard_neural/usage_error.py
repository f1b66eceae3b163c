"""Define the error of arguments that cannot be used."""


class UsageError(Exception):
    """An argument of the command line cannot be used; the message says what to do."""
