"""Evidence made of arrays: activations and predictions of inputs with labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tb_plugin_neural.analysis.findings.evidence import (
    ClassCounts,
    Evidence,
    LayerEvidence,
    ProbeEvidence,
)
from tb_plugin_neural.analysis.findings.finding import Subject
from tb_plugin_neural.analysis.layer_health import Spread

NAMES = tuple("abcdefghij")


def spread(values: np.ndarray) -> Spread:
    """Moments of activations `[inputs, units]`."""
    finite = np.where(np.isfinite(values), values, np.nan)
    count = np.isfinite(values).sum(0)
    with np.errstate(invalid="ignore"):
        known = np.where(count, np.nansum(finite, 0) / np.maximum(count, 1), np.nan)
        square = np.nansum((finite - known) ** 2, 0) / np.maximum(count, 1)
    return Spread(count, known, np.where(count, np.sqrt(square), np.nan))


def layer(name: str, values: Any, labels: Any, **changes: Any) -> LayerEvidence:
    """A rectified layer of activations `[inputs, units]`."""
    x, y = np.asarray(values, np.float64), np.asarray(labels)
    found = sorted({int(label) for label in y if label >= 0})
    parts = [spread(x[y == label]) for label in found]
    classes = Spread(*(np.stack([getattr(p, n) for p in parts]) for n in ("count", "mean", "std")))
    fields: dict[str, Any] = {
        "type": "ReLU",
        "output": False,
        "reduction": "none",
        "mode": "eval",
        "inputs": len(x),
        "spread": spread(x),
        "zero": (x == 0).sum(0),
        "classes": classes,
        "keys": tuple(f"class:{label}" for label in found),
    }
    return LayerEvidence(name, **(fields | changes))


def metrics(labels: Any, predicted: Any, classes: int) -> ClassCounts:
    """Class metrics of predictions."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (np.asarray(labels), np.asarray(predicted)), 1)
    keys = tuple(f"class:{label}" for label in range(classes))
    return ClassCounts(keys, table.sum(1), np.diag(table).copy(), table.sum(0), table)


def probe(labels: Any, predicted: Any, **changes: Any) -> ProbeEvidence:
    """A probe set, all of it."""
    y = np.asarray(labels)
    fields: dict[str, Any] = {"members": np.ones(len(y), bool), "pairs": np.full(len(y), -1)}
    return ProbeEvidence(
        **({"hash": "p", "labels": y, "predicted": np.asarray(predicted)} | fields | changes)
    )


def evidence(
    values: Mapping[str, Any], labels: Any, predicted: Any = None, **changes: Any
) -> Evidence:
    """A subject whose layers have activations `[inputs, units]`."""
    classes = int(max(labels)) + 1
    layers = {name: layer(name, x, labels) for name, x in values.items()}
    fields: dict[str, Any] = {
        "subject": Subject("run", "model", 10),
        "task": "multiclass",
        "names": NAMES[:classes],
        "weights": "w",
        "inputs": len(labels),
        "layers": layers,
        "metrics": None if predicted is None else metrics(labels, predicted, classes),
    }
    return Evidence(**(fields | changes))


def earlier(of: Evidence, step: int = 0) -> Subject:
    """The same run at an earlier step."""
    return Subject(of.subject.run, of.subject.model, step, of.subject.subset)
