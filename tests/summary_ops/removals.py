"""Units removed from small networks that read digits."""

from __future__ import annotations

from typing import Any

from torch import nn

from summary_ops import Recorder, ablations
from tb_plugin_neural.contract.what_if_records import Ablations
from tests.summary_ops.networks import digits

SIZE = 250
IMAGES, LABELS = (part[1000 : 1000 + SIZE] for part in digits())
BATCHES = [(IMAGES[:150], LABELS[:150]), (IMAGES[150:], LABELS[150:])]
CHOSEN = (0, 5, 8)
ALL = 10_000
Rows = dict[tuple[str, int], dict[str, Any]]


def recorder_of(model: nn.Module, **options: Any) -> Recorder:
    return Recorder(model, **{"verbose": False, "graph": None} | options)


def removed(recorder: Recorder, loader: Any = BATCHES, **options: Any) -> Ablations:
    return ablations(recorder, loader, **{"inputs": SIZE, "progress": False} | options)


def rows_of(record: Ablations, label: int) -> Rows:
    """Of one class, by layer and unit."""
    return {
        (record.layers[record.layer[row]], int(record.unit[row])): {
            name: getattr(record, name)[row].item()
            for name in ("predicted", "measured", "correct_after", "taken_for")
        }
        for row in (record.subset == record.subsets.index(f"class:{label}")).nonzero()[0]
    }
