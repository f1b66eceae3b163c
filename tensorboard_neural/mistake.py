"""What a user gave and cannot be used."""


class Mistake(Exception):
    """Something on the command line cannot be used; the text says what to do."""
