"""Sample inputs, accumulate influence and importance, and embed classes."""
