"""Sentences of findings are told with as many digits as they need."""
# ruff: noqa: RUF001 - minus signs and σ are what is tested

from __future__ import annotations

import pytest

from tb_plugin_neural.analysis.findings.finding import Finding, Subject
from tb_plugin_neural.analysis.findings.words import with_uncertainty


def finding(low: float, high: float, scale: str) -> Finding:
    after, before = Subject("run", "model", 20), Subject("run", "model", 10)
    return Finding(
        kind="layers_moved", severity="note", sentence="It moved.", subjects=(after, before),
        effect=(low + high) / 2, scale=scale, n=100, floor=0.1, convention="", low=low, high=high,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "scale", "text"),
    [
        (1.21, 1.84, "sigma", "95 % interval 1.2 to 1.8 σ"),
        (1.812, 1.838, "sigma", "95 % interval 1.81 to 1.84 σ"),
        (2.0, 2.0, "sigma", "95 % interval 2 to 2 σ"),
        (-0.124, -0.037, "share", "95 % interval −12.4 to −3.7 points"),
    ],
)
def test_an_interval_has_the_digits_that_tell_its_ends_apart(low, high, scale, text):
    assert with_uncertainty(finding(low, high, scale)) == f"It moved ({text})."
