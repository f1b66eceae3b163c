"""Named conventions for dead, constant, saturated, duplicate and dormant units.

Every unit has at most one state: the first that fits, in the order of `STATES`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tb_plugin_neural.analysis.findings.evidence import Array, LayerEvidence

STATES = ("nonfinite", "dead", "constant", "saturated", "duplicate", "dormant")

CONSTANT = 1e-6
"""A unit is constant where its deviation is so small a part of the layer's."""

SATURATED = 0.1
"""A bounded unit is saturated where the mean slope of its activation is so small a part of the
largest."""

DUPLICATE = 0.99
"""Correlation on the probe set, of either sign, from which two units are copies."""

FEWEST_INSTANCES = 20

DORMANT = 0.025
"""ReDo's τ (Sokar et al. 2023): mean absolute activation over that of the layer's units."""

RULES = {
    "nonfinite": "NaN or infinite on an input",
    "dead": "0 on every input",
    "constant": "deviation below 1e-6 of the layer's",
    "saturated": "mean slope below 10 % of the steepest",
    "duplicate": "|r| > .99 with an earlier unit on the probe set",
    "dormant": "mean activation at most .025 of the layer's mean (ReDo)",
}
"""The conventions in words."""

_TANH, _SIGMOID = ("Tanh", "Hardtanh"), ("Sigmoid", "Hardsigmoid")
_RECTIFIERS = ("ReLU", "ReLU6", "LeakyReLU", "Softplus")
MOST_COMPARED = 4096
"""Units of a layer that are compared with one another."""


@dataclass(frozen=True, eq=False)
class States:
    """The state of each unit of a layer; `copy_of` is the earlier unit that it copies, or -1."""

    of: dict[str, Array]
    copy_of: Array

    def share(self, state: str) -> float:
        """Share of the layer's units."""
        found = self.of[state]
        return float(found.mean()) if found.size else 0.0


def states(layer: LayerEvidence) -> States:
    """Return the state of each unit of a layer, `[U]` booleans by name."""
    spread = layer.spread
    free = np.ones(layer.units, bool)
    found: dict[str, Array] = {}

    def take(name: str, fits: Array) -> None:
        found[name] = free & fits
        free[found[name]] = False

    known = spread.count > 0
    with np.errstate(invalid="ignore"):
        take("nonfinite", layer.missing > 0)
        take("dead", _dead(layer))
        take("constant", known & (spread.std <= CONSTANT * _typical(spread.std)))
        take("saturated", known & _saturated(layer))
    copies = _copies(layer, free)
    take("duplicate", copies >= 0)
    with np.errstate(invalid="ignore"):
        take("dormant", known & _dormant(layer))
    return States(found, copies)


def _dead(layer: LayerEvidence) -> Array:
    zeros = (layer.spread.mean == 0) & (layer.spread.std == 0)
    found: Array = zeros & (layer.spread.count == layer.inputs) & (layer.inputs > 0)
    return found


def _typical(std: Array) -> float:
    """Root mean square deviation of the units that vary."""
    varies = std[np.isfinite(std) & (std > 0)]
    return float(np.sqrt(np.mean(np.square(varies)))) if varies.size else 0.0


def _saturated(layer: LayerEvidence) -> Array:
    mean, std = (x.astype(np.float64) for x in (layer.spread.mean, layer.spread.std))
    square = mean**2 + std**2
    if layer.type in _TANH:
        return np.asarray(1 - square <= SATURATED)
    if layer.type in _SIGMOID and not layer.output:
        return np.asarray(4 * (mean - square) <= SATURATED)
    return np.zeros(layer.units, bool)


def _copies(layer: LayerEvidence, free: Array) -> Array:
    """Return, for every unit, an earlier one that it is a copy of, or -1."""
    found = np.full(layer.units, -1)
    if layer.probe is None or len(layer.probe) < FEWEST_INSTANCES:
        return found
    among = np.flatnonzero(free)[:MOST_COMPARED]
    if not among.size:
        return found
    x = layer.probe[:, among].astype(np.float32)
    x = np.where(np.isfinite(x), x, 0)
    x = x - x.mean(0)
    length = np.linalg.norm(x, axis=0)
    some = (x != x[0]).sum(0) >= FEWEST_INSTANCES / 2
    x = x / np.where(length > 0, length, 1)
    close = np.abs(x.T @ x) > DUPLICATE
    close &= some & some[:, None] & (length > 0)
    earlier = np.tril(close, -1)
    found[among] = np.where(earlier.any(1), among[earlier.argmax(1)], -1)
    return found


def _dormant(layer: LayerEvidence) -> Array:
    if layer.type not in _RECTIFIERS:
        return np.zeros(layer.units, bool)
    mean = np.abs(layer.spread.mean.astype(np.float64))
    typical = mean[np.isfinite(mean)].mean() if np.isfinite(mean).any() else 0.0
    return np.asarray(mean <= DORMANT * typical)
