"""Twelve bugs of training, each planted in a small network on real images, and its healthy twin.

`train` records a run; a `Bug` changes one thing of it. A twin is the same training without the bug,
from another seed.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder
from tb_plugin_neural.analysis.findings.finding import Finding
from tb_plugin_neural.reading.recorded import read

TRAINED, PROBED, BATCH = 1000, 120, 64
STEPS = (0, 60, 120, 180, 240, 300)
CLASSES = tuple(f"digit {n}" for n in "0123456789")
FIRST = 3
"""Findings among which a bug is to be named."""


def network(*, normalised: bool = False) -> nn.Sequential:
    """Two convolutions and three dense layers, with BatchNorm where asked for."""
    norm = [nn.BatchNorm2d(16)] if normalised else []
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), *norm, nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 24, 3, padding=1), nn.ReLU(), nn.Flatten(),
        nn.Linear(24 * 16, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 10),
    )  # fmt: skip


def dense(of: nn.Sequential, place: int) -> nn.Linear:
    """Return the dense layer at a place among the dense ones."""
    found = [module for module in of if isinstance(module, nn.Linear)]
    return found[place]


@dataclass(frozen=True)
class Plan:
    """How a network is trained and recorded; the defaults are healthy.

    Attributes:
        make: the network.
        images: changes images, with their labels, for training and evaluation alike.
        labels: changes the labels that are trained on.
        kept: which of the images are trained on, from their labels.
        rate: learning rate at a step.
        batch: changes a batch of training images at a step.
        begin: changes the network before the first step.
        training_mode: whether the evaluation is recorded in training mode.
        resume: (step, record): at that step training goes on from the weights of that record, in a
            session of its own; none for a training in one go.
        steps: those that are recorded; training ends with the last.
    """

    seed: int
    make: Callable[[], nn.Sequential] = network
    images: Callable[[Tensor, Tensor], Tensor] = lambda images, _: images
    labels: Callable[[Tensor], Tensor] = lambda labels: labels
    kept: Callable[[Tensor], Tensor] = lambda labels: torch.ones(len(labels), dtype=torch.bool)
    rate: Callable[[int], float] = lambda _: 0.05
    batch: Callable[[Tensor, int], Tensor] = lambda images, _: images
    begin: Callable[[nn.Sequential], None] = lambda _: None
    training_mode: bool = False
    resume: tuple[int, int] | None = None
    steps: tuple[int, ...] = STEPS


@dataclass(frozen=True)
class Bug:
    """A bug: the kinds of findings that name it, the plan with it, and the healthy one."""

    name: str
    kinds: tuple[str, ...]
    sick: Plan
    healthy: Plan


def train(plan: Plan, folder: Path) -> None:
    """Train and record as planned."""
    found = load_digits()
    labels = torch.tensor(found.target)
    images = torch.tensor(found.images, dtype=torch.float32)[:, None] / 16
    images = plan.images(images, labels)
    torch.manual_seed(plan.seed)
    of = plan.make()
    plan.begin(of)
    seen = plan.kept(labels[:TRAINED]).nonzero().flatten()
    given, targets = images[:TRAINED][seen], plan.labels(labels[:TRAINED][seen])
    probe = ProbeSet(images[TRAINED : TRAINED + PROBED], labels[TRAINED : TRAINED + PROBED])
    rest = TensorDataset(images[TRAINED + PROBED :], labels[TRAINED + PROBED :])
    order = torch.Generator().manual_seed(plan.seed)
    kept: dict[int, dict[str, Tensor]] = {}

    def recorder() -> Recorder:
        return Recorder(
            of, classes=CLASSES, probe=probe, graph=None, projection=None, verbose=False
        )

    optimiser = torch.optim.SGD([p for p in of.parameters() if p.requires_grad], 0.05, momentum=0.9)
    writer, recording = SummaryWriter(str(folder / "run")), recorder()
    for step in range(plan.steps[-1] + 1):
        if plan.resume and step == plan.resume[0]:
            writer.close()
            of.load_state_dict(kept[plan.resume[1]])
            optimiser.state.clear()
            writer, recording = SummaryWriter(str(folder / "run")), recorder()
        if step in plan.steps:
            record(plan, recording, of, rest, writer, step)
        chosen = torch.randint(0, len(given), (BATCH,), generator=order)
        for group in optimiser.param_groups:
            group["lr"] = plan.rate(step)
        loss = F.cross_entropy(of.train()(plan.batch(given[chosen], step)), targets[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if plan.resume:
            kept[step + 1] = copy.deepcopy(of.state_dict())
    writer.close()


def record(
    plan: Plan,
    recording: Recorder,
    of: nn.Sequential,
    rest: TensorDataset,
    writer: SummaryWriter,
    step: int,
) -> None:
    """Record an evaluation, by the loader or, in training mode, by a loop that forgets `eval`."""
    loader = DataLoader(rest, 100)
    if not plan.training_mode:
        recording.run(loader, progress=False)
        recording.write(writer, step)
        return
    before = copy.deepcopy(of.state_dict())
    with torch.no_grad():
        for images, labels in loader:
            with recording.observing(labels):
                of.train()(images)
    of.load_state_dict(before)
    recording.write(writer, step)
    recording.write_probe(writer, step)


def findings(plan: Plan) -> tuple[Finding, ...]:
    """Train as planned, and report on the last record."""
    with tempfile.TemporaryDirectory() as folder:
        train(plan, Path(folder))
        return read(folder)["run"].findings().report.findings


def duplicated(of: nn.Sequential) -> None:
    """Give all units of the first dense layer one unit's weights, in and out."""
    with torch.no_grad():
        dense(of, 0).weight[:] = dense(of, 0).weight[0].clone()
        dense(of, 0).bias[:] = dense(of, 0).bias[0].clone()
        dense(of, 1).weight[:] = dense(of, 1).weight[:, :1].clone()


def silenced(of: nn.Sequential) -> None:
    """Give the first dense layer biases that no input overcomes."""
    with torch.no_grad():
        dense(of, 0).bias.fill_(-8.0)


def frozen(of: nn.Sequential) -> None:
    """Take the convolutions out of training."""
    for module in of:
        if isinstance(module, nn.Conv2d):
            module.requires_grad_(False)


def marked(images: Tensor, labels: Tensor) -> Tensor:
    """Mark each image of one class by a bright pixel in a corner that is dark otherwise."""
    images = images.clone()
    images[:, :, 0, 0] = 0
    images[labels == 7, :, 0, 0] = 4
    return images


def poisoned(images: Tensor, step: int) -> Tensor:
    """One batch with a NaN."""
    return images * float("nan") if step == 200 else images


def swapped(labels: Tensor) -> Tensor:
    """Labels of which two are exchanged."""
    order = torch.arange(10)
    order[[3, 5]] = torch.tensor([5, 3])
    return order[labels]


def bugs(seed: int = 0) -> Iterator[Bug]:
    """All twelve; twins have seeds of their own."""
    base, norms = Plan(seed), Plan(seed, make=lambda: network(normalised=True))
    resumed = replace(base, resume=(180, 180))
    planted: Mapping[str, tuple[tuple[str, ...], Plan, Mapping[str, Any]]] = {
        "spike of the learning rate": (
            ("jump",), base, {"rate": lambda step: 2.0 if 200 <= step < 204 else 0.05},
        ),
        "frozen block": (("frozen",), base, {"begin": frozen}),
        "swapped labels of two classes": (("classes_swapped",), base, {"labels": swapped}),
        "dead ReLUs through a bias": (("dead_units",), base, {"begin": silenced}),
        "BatchNorm in training mode at evaluation": (
            ("train_mode",), norms, {"training_mode": True},
        ),
        "missing input normalisation": (
            ("inputs_scale",), base, {"images": lambda images, _: images * 255},
        ),
        "duplicated initialization": (("duplicate_units",), base, {"begin": duplicated}),
        "NaN from one batch": (("nonfinite",), base, {"batch": poisoned}),
        "shortcut pixel for one class": (("shortcut",), base, {"images": marked}),
        "starved class": (
            ("class_starved",), base,
            {"kept": lambda labels: (labels != 4) | (torch.arange(len(labels)) == 4)},
        ),
        "resume from the wrong checkpoint": (
            ("resumed_elsewhere",), resumed, {"resume": (180, 60)},
        ),
        "last activation doubled": (
            ("probabilities",), base,
            {"make": lambda: nn.Sequential(*network(), nn.Softmax(1))},
        ),
    }  # fmt: skip
    for place, (name, (kinds, plan, change)) in enumerate(planted.items()):
        yield Bug(name, kinds, replace(plan, **change), replace(plan, seed=100 + seed + place))


def named(bug: Bug, found: tuple[Finding, ...]) -> int | None:
    """Return the place of the finding that names the bug, from 1, or None."""
    places = [place for place, one in enumerate(found, 1) if one.kind in bug.kinds]
    return places[0] if places else None


def alarms(found: tuple[Finding, ...]) -> list[str]:
    """Kinds of the findings that are graver than a note."""
    return [one.kind for one in found if one.severity != "note"]
