"""Findings: what is worth knowing of a network, ranked, in words, with its uncertainty.

`examine` takes the evidence of one subject, of another that it is compared with, and of the run's
history; `kinds` has one pure function a kind of finding, which states its null hypothesis.
"""
