"""Whatever a forward pass writes into a model, our passes leave the model as they found it."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import (
    Graph,
    ProbeSet,
    Projection,
    Recorder,
    RecordingWarning,
    ablations,
    add_adversarial_strips,
    add_attack_report,
    add_feature_visualizations,
    add_saliency,
    attacks,
)
from summary_ops.network.isolation import isolation
from tests.summary_ops.networks import digits
from tests.summary_ops.stateful_modules import MODULES, classifier, everything_in

IMAGES, LABELS = (part[:60] for part in digits())
OTHERS, MORE = digits()[0][60:90], digits()[0][100:400]
PROBE = 12


def loader() -> list[tuple[Tensor, Tensor]]:
    return list(zip(IMAGES.split(25), LABELS.split(25), strict=True))


def run(recorder: Recorder, writer: SummaryWriter) -> None:
    recorder.run(loader(), progress=False)
    recorder.write(writer, 0)


def write_probe(recorder: Recorder, writer: SummaryWriter) -> None:
    recorder.write_probe(writer, 0)


def removing(recorder: Recorder, _: SummaryWriter) -> None:
    ablations(recorder, loader(), classes=[3], top=2, inputs=9, progress=False)


def attacking(recorder: Recorder, _: SummaryWriter) -> None:
    attacks.pgd(recorder.model, IMAGES[:5], LABELS[:5], steps=2, value_range=(0, 16))


def reporting(recorder: Recorder, writer: SummaryWriter) -> None:
    with isolation.isolated(recorder.model), torch.no_grad():
        labels, known = (recorder.model(images).argmax(1) for images in (OTHERS, MORE))
    options: dict[str, Any] = {"value_range": (0, 16), "bootstrap": 5, "progress": False}
    attacked = {"pgd": partial(attacks.pgd, steps=1, eps=1e-6)}
    add_attack_report(
        writer, recorder, OTHERS, labels, step=0, reference=(MORE, known),
        attacks=attacked, **options,
    )  # fmt: skip


def visualizing(recorder: Recorder, writer: SummaryWriter) -> None:
    options: dict[str, Any] = {"facets": 1, "steps": 2, "progress": False, "value_range": (0, 16)}
    add_feature_visualizations(writer, recorder, {"2": [0, 1]}, step=0, **options)


def stripping(recorder: Recorder, writer: SummaryWriter) -> None:
    options: dict[str, Any] = {"steps": 2, "frames": 2, "value_range": (0, 16), "progress": False}
    add_adversarial_strips(writer, recorder, [0], targets=[3], step=0, **options)


def explaining(recorder: Recorder, writer: SummaryWriter) -> None:
    options: dict[str, Any] = {"window": 4, "stride": 4, "integration_steps": 2, "progress": False}
    add_saliency(writer, recorder, [0], step=0, value_range=(0, 16), **options)


PASSES: Sequence[Callable[[Recorder, SummaryWriter], None]] = (
    *(run, write_probe, removing, attacking, reporting, visualizing, stripping, explaining),
)


def random_states() -> list[Any]:
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return [torch.get_rng_state(), (name, keys.tolist(), *rest), random.getstate()]


def assert_same(mine: Any, other: Any, where: str = "") -> None:
    if isinstance(mine, Tensor):
        assert torch.equal(mine, other), where
    elif isinstance(mine, dict):
        assert mine.keys() == other.keys(), where
        for key in mine:
            assert_same(mine[key], other[key], f"{where}/{key}")
    elif isinstance(mine, (list, tuple)):
        assert len(mine) == len(other), where
        for at, (a, b) in enumerate(zip(mine, other, strict=True)):
            assert_same(a, b, f"{where}/{at}")
    else:
        assert mine == other, where


def without_identities(state: dict[str, Any]) -> dict[str, Any]:
    return state | {"tensors": {name: one[0] for name, one in state["tensors"].items()}}


def train(names: Sequence[str], between: Callable[[nn.Module], None] | None) -> list[Any]:
    """Three steps of training, with something between the first one's forward and backward."""
    model = classifier(*names)
    model(IMAGES[:9])
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, 0.01)
    seen: list[Any] = []
    for step in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(IMAGES), LABELS)
        if step == 0 and between is not None:
            before = copy.deepcopy([everything_in(model), random_states()])
            between(model)
            assert_same([everything_in(model), random_states()], before)
        loss.backward()
        optimizer.step()
        seen.append([without_identities(everything_in(model)), random_states(), loss.detach()])
    return seen


@pytest.mark.filterwarnings("ignore::summary_ops.RecordingWarning")  # rows that inputs share
@pytest.mark.parametrize(
    ("names", "pass_"),
    [*(([name], run) for name in MODULES), *((list(MODULES), pass_) for pass_ in PASSES)],
)
def test_a_pass_between_forward_and_backward_changes_no_bit_of_training(
    names: Sequence[str], pass_: Callable[[Recorder, SummaryWriter], None], tmp_path: Path
) -> None:
    def recorded(model: nn.Module) -> None:
        probe = ProbeSet(IMAGES[:PROBE], LABELS[:PROBE])
        graph, projection = Graph(inputs=4), Projection(pivots=6)
        recorder = Recorder(model, probe=probe, graph=graph, projection=projection, verbose=False)
        with SummaryWriter(str(tmp_path)) as writer:
            pass_(recorder, writer)

    assert_same(train(names, recorded), train(names, None))


def test_a_device_that_is_not_used_yet_keeps_the_seed_it_will_begin_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    torch.manual_seed(5)
    drawn = []
    for seed in (0, 0, 1):
        with isolation.differentiating(nn.Dropout(), seed):
            drawn.append(float(torch.rand(1)))
    assert drawn[0] == drawn[1] != drawn[2]
    assert seeded == [5]


class Counting(nn.Module):
    """A network whose output drifts with the number of its calls."""

    def __init__(self, *, visibly: bool) -> None:
        super().__init__()
        self.linear, self.calls, self.visibly = nn.Linear(64, 10), 0, visibly

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.linear(x.flatten(1)) + (self.calls if self.visibly else 0)


@pytest.mark.parametrize("visibly", [True, False])
def test_state_that_cannot_be_put_back_is_reported_where_it_shows(*, visibly: bool) -> None:
    recorder = Recorder(Counting(visibly=visibly), graph=None, verbose=False)
    with pytest.warns(RecordingWarning) if visibly else nullcontext():
        recorder.run(loader(), progress=False)
    told = [problem.what for problem in recorder.problems.found]
    assert told == ["state that cannot be put back"] * visibly


@pytest.mark.filterwarnings("ignore::summary_ops.RecordingWarning")  # rows that inputs share
@pytest.mark.parametrize("name", MODULES)
def test_state_that_is_put_back_is_no_problem(name: str) -> None:
    recorder = Recorder(classifier(name), graph=None, verbose=False)
    recorder.run(loader(), progress=False)
    told = [problem.what for problem in recorder.problems.found]
    assert "state that cannot be put back" not in told


def test_a_lazy_layer_without_weights_is_refused() -> None:
    model = nn.Sequential(nn.Flatten(), nn.LazyLinear(10))
    recorder = Recorder(model, verbose=False)
    with pytest.raises(ValueError, match=r"layer 1 \(LazyLinear\) has no weights yet"):
        recorder.run(loader(), progress=False)
    model(IMAGES)
    Recorder(model, verbose=False, strict=True).run(loader(), progress=False)
