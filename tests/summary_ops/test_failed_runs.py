"""A run that fails or is interrupted leaves nothing behind; what was recorded before it stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest
import torch
from networks import digits
from numpy_counts import assert_histograms
from torch import Tensor, nn
from torch.utils.data import TensorDataset
from torch.utils.tensorboard import SummaryWriter
from written import counted, written

from summary_ops import Graph, ProbeSet, Recorder
from summary_ops.passes.attribution_measurements import AttributionMeasurements

IMAGES, LABELS = (part[:600] for part in digits())
LAYER = "classifier.3"


def recorder_of(model: nn.Module, **options: Any) -> Recorder:
    return Recorder(model, **{"verbose": False, "strict": True, "graph": None} | options)


def failing(error: type[BaseException]) -> Iterator[tuple[Tensor, Tensor]]:
    for rows in torch.arange(300).split(100):
        yield IMAGES[rows], LABELS[rows]
    raise error


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("before", [0, 40, 500])
def test_what_was_observed_before_stays_as_it_was(error: type[BaseException], before: int) -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model, probe=ProbeSet(IMAGES[:8], LABELS[:8]))
    if before:
        with recorder.observing(LABELS[-before:]), torch.no_grad():
            model(IMAGES[-before:])
    with pytest.raises(error):
        recorder.run(failing(error), progress=False)
    found = counted(recorder)
    with torch.no_grad():
        values = model(IMAGES[-before:])
    if not before:
        assert found == {}
        return
    assert_histograms(found["histograms", LAYER], "all", values)
    assert found["class_metrics", ""].total == before
    assert found["class_metrics", ""].inputs.tolist() == LABELS[-before:].bincount().tolist()


def record(folder: Path, first: Callable[[Recorder], object]) -> dict[Any, Any]:
    """What a run writes after something else was done with its recorder."""
    torch.manual_seed(0)
    model = networks.Vgg().eval()
    recorder = recorder_of(model, graph=Graph(inputs=6), probe=ProbeSet(IMAGES[:8]))
    first(recorder)
    recorder.run([(IMAGES[:300], LABELS[:300])], progress=False)
    with SummaryWriter(str(folder)) as writer:
        recorder.write(writer, 0)
    return {key: one for key, one in written(folder).items() if key[0] != "session"}


def test_the_run_after_it_is_recorded_as_if_there_had_been_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []
    whole = AttributionMeasurements.importance

    def interrupted(self: Any, subset: str, *given: Any, **named: Any) -> None:
        whole(self, subset, *given, **named)
        measured.append(subset)
        if len(measured) == 2:
            raise KeyboardInterrupt

    def fail(recorder: Recorder) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(AttributionMeasurements, "importance", interrupted)
            with pytest.raises(KeyboardInterrupt):
                recorder.run([(IMAGES[300:], LABELS[300:])], progress=False)

    plain = record(tmp_path / "plain", lambda _: None)
    after = record(tmp_path / "after one that failed", fail)
    assert plain.keys() == after.keys()
    for key, expected in plain.items():
        for field, value in vars(expected).items():
            np.testing.assert_equal(getattr(after[key], field), value, err_msg=f"{key}, {field}")


def test_a_run_that_fails_leaves_the_earlier_ones_of_its_record() -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model, graph=Graph(inputs=4))
    recorder.run([(IMAGES[:200], LABELS[:200])], progress=False)
    importance = dict(recorder.pipeline.attribution.rows())
    with pytest.raises(OSError):  # noqa: PT011
        recorder.run(failing(OSError), subset="second", progress=False)
    with torch.no_grad():
        assert_histograms(counted(recorder)["histograms", LAYER], "all", model(IMAGES[:200]))
    assert dict(recorder.pipeline.attribution.rows()).keys() == importance.keys()
    assert "slice:second" not in recorder.pipeline.attribution.reservoir.kept


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: IMAGES, "run(Tensor) is one batch; pass a list of batches: run([(inputs, labels)"),
        (IMAGES.numpy, "run(ndarray) is one batch"),
        (lambda: (IMAGES, LABELS), "run(tuple) is one batch"),
        (lambda: {"images": IMAGES}, "run(dict) is one batch"),
        (lambda: TensorDataset(IMAGES, LABELS), "run(TensorDataset) yields single inputs"),
        (lambda: "images", "run(str): expected a DataLoader"),
        (lambda: 3, "run(int): expected a DataLoader"),
    ],
)
def test_what_are_no_batches_is_named(make: Callable[[], Any], advice: str) -> None:
    recorder = recorder_of(networks.Vgg())
    with pytest.raises(TypeError) as caught:
        recorder.run(make(), progress=False)
    assert advice in str(caught.value)


class Drawing(nn.Module):
    """Adds noise in evaluation mode too."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.dense(images.flatten(1) + torch.randn(len(images), 64))


def test_a_stochastic_model_draws_the_same_for_the_probe_set_at_every_step() -> None:
    model = Drawing()
    recorder = recorder_of(model, probe=ProbeSet(IMAGES[:8]))
    found = []
    for seed in range(2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        result = recorder.pipeline.probe.run(torch.device("cpu"))
        assert torch.equal(torch.get_rng_state(), before)
        found.append(result.activations["dense"])
    assert torch.equal(*found)


def test_write_is_true_only_when_something_was_written(tmp_path: Path) -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model, strict=False, probe=ProbeSet(IMAGES[:8]))
    with SummaryWriter(str(tmp_path)) as writer:
        assert recorder.write(writer, 0) is False
        recorder.run([(IMAGES, LABELS)], progress=False)
        assert recorder.write(writer, 0) is True
        assert recorder.write(writer, 1) is False
        assert recorder.write_probe(writer, 2) is True


def test_a_probe_set_written_after_the_record_is_not_said_to_be_missing(tmp_path: Path) -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model, probe=ProbeSet(IMAGES[:8]))
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(3):
            with recorder.observing(LABELS):
                model(IMAGES)
            recorder.write(writer, step)
            recorder.write_probe(writer, step)
    assert recorder.problems.found == ()
