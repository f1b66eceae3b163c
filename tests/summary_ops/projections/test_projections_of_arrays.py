"""Arrays of any framework are recorded as a recorder would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.tensorboard import SummaryWriter

from summary_ops import (
    ProbeSet,
    Projection,
    Recorder,
    activation_distributions,
    projection,
)
from tb_plugin_neural.contract.projection_records import Neighbours, PivotDistances
from tb_plugin_neural.contract.records import Probe, Session
from tests.summary_ops import networks
from tests.summary_ops.written import written

IMAGES, LABELS = (part[:60] for part in networks.digits())
NAMES = [f"image {row}" for row in range(60)]


def test_they_are_what_a_recorder_writes(tmp_path: Path, writer: SummaryWriter) -> None:
    model = networks.Vgg().eval()
    recorder = Recorder(model, probe=ProbeSet(IMAGES, LABELS, focus=[4, 9]), graph=None)
    rows = recorder.pipeline.probe.run(torch.device("cpu")).rows
    expected = {(record.kind, layer): record for layer, record in rows}
    pivots = expected[PivotDistances.kind, "features.5"].pivot.tolist()
    with torch.no_grad():
        values = model.features[:6](IMAGES).numpy()
    projection(
        writer, "features.5", values, ids=NAMES, step=4, labels=LABELS,
        pivots=[NAMES[row] for row in pivots], focus=[NAMES[4], NAMES[9]],
    )  # fmt: skip
    writer.flush()
    found = written(tmp_path / "run")
    for kind in (PivotDistances.kind, Neighbours.kind):
        mine, other = found[kind, "features.5", 4], expected[kind, "features.5"]
        np.testing.assert_array_equal(mine.level, other.level)
        assert mine.scale == other.scale
    np.testing.assert_array_equal(mine.instance, other.instance)
    assert mine.trustworthiness == other.trustworthiness
    probe = found["probe", "", 4]
    assert probe.names == tuple(NAMES)
    assert probe.labels == tuple(LABELS.tolist())
    assert mine.probe == probe.hash == found["session", "", 4].probe


def test_instances_are_known_by_their_ids_in_any_order(
    tmp_path: Path, writer: SummaryWriter
) -> None:
    order = torch.randperm(60)
    projection(writer, "layer", IMAGES, ids=NAMES, step=0, labels=LABELS)
    shuffled = [NAMES[row] for row in order]
    projection(writer, "layer", IMAGES[order], ids=shuffled, step=1, labels=LABELS[order])
    projection(writer, "other", IMAGES.flatten(1) * 2, ids=NAMES, step=1)
    writer.flush()
    found = written(tmp_path / "run")
    assert sum(kind == Probe.kind for kind, _, _ in found) == 1
    first, again = (found[Neighbours.kind, "layer", step] for step in (0, 1))
    np.testing.assert_array_equal(first.instance, again.instance)
    pivots = {tuple(r.pivot.tolist()) for key, r in found.items() if key[0] == PivotDistances.kind}
    assert len(pivots) == 1


def test_pivots_are_the_same_in_all_runs_of_a_process(tmp_path: Path) -> None:
    found = []
    for run, values in (("a", IMAGES), ("b", torch.randn(60, 30))):
        with SummaryWriter(str(tmp_path / run)) as writer:
            projection(writer, "layer", values, ids=NAMES, step=0, options=Projection(pivots=9))
        found.append(written(tmp_path / run)[PivotDistances.kind, "layer", 0])
    assert found[0].pivot.tolist() == found[1].pivot.tolist()
    assert len(found[0].pivot) == 9


def test_they_join_what_else_is_recorded_of_arrays(tmp_path: Path, writer: SummaryWriter) -> None:
    classes = [f"digit {label}" for label in range(10)]
    activation_distributions(writer, "a", IMAGES.flatten(1), LABELS, step=0, classes=classes)
    projection(writer, "b", IMAGES, ids=NAMES, step=0, labels=LABELS)
    activation_distributions(writer, "c", IMAGES.flatten(1), LABELS, step=0, classes=classes)
    writer.flush()
    session: Session = written(tmp_path / "run")["session", "", 0]
    assert session.classes == tuple(classes)
    assert [layer.name for layer in session.layers] == ["a", "b", "c"]
    assert session.probe is not None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ids": NAMES[:59]}, "59 ids"),
        ({"ids": NAMES[:59] * 2, "values": IMAGES[:1].expand(118, 1, 8, 8)}, "59 are different"),
        ({"ids": [*NAMES[:59], "another"]}, "not the 60 given before"),
        ({"pivots": ["nobody"]}, "'nobody' is none of the 60 ids"),
        ({"pivots": []}, "pivots=0"),
        ({"focus": ["nobody"]}, "'nobody' is none of the 60 ids"),
        ({"values": IMAGES / 0}, "not finite"),
        ({"values": LABELS}, "expected \\[instances"),
        ({"step": 1.5}, "step"),
    ],
)
def test_what_contradicts_is_refused(
    writer: SummaryWriter, options: dict[str, Any], message: str
) -> None:
    projection(writer, "layer", IMAGES, ids=NAMES, step=0)
    arguments = {"values": IMAGES, "ids": NAMES, "step": 1} | options
    values = arguments.pop("values")
    with pytest.raises(ValueError, match=message):
        projection(writer, "layer", values, **arguments)
