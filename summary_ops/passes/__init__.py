"""Passes of inputs through the recorded network; they return what they found."""
