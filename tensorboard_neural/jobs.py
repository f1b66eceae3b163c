"""Record more than statistics of a network as it is now, one job after the other."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

import summary_ops
from summary_ops import Recorder, attacks
from summary_ops.problems import RECOVERABLE
from tensorboard_neural.progress import announce

FEWEST = 120
"""Images that an attack report is made of, and as many to measure distances from, at least."""

Job = tuple[str, Callable[[], None]]


@dataclass(frozen=True, eq=False)
class Questions:
    """The questions about a network.

    Attributes:
        instances: of the probe set: for strips and saliency.
        images: labelled ones, `[N, channels, height, width]`, to remove units and to attack on.
        labels: theirs.
        strengths: of the attacks of the report, of pixels from 0 to 1; none for no report.
        ablated: further arguments of `add_ablations`.
        steps: of PGD.
        batch: images that go through the network at once.
    """

    instances: Sequence[int]
    images: Tensor
    labels: Tensor
    strengths: tuple[float, ...]
    ablated: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 20
    batch: int = 128


def do(writer: SummaryWriter, found: Iterable[Job]) -> None:
    """Do all jobs; one that fails is reported and costs only itself."""
    for title, job in found:
        announce(title)
        try:
            job()
        except (*RECOVERABLE, ImportError) as error:
            announce(f"  left out: {error}")
        writer.flush()


def jobs(
    writer: SummaryWriter, recorder: Recorder, questions: Questions, step: int
) -> Iterator[Job]:
    """Yield the jobs, each with a line to show."""

    def of(function: Callable[..., None], *more: Any, **options: Any) -> Callable[[], None]:
        return partial(function, writer, recorder, *more, step=step, **options)

    yield "Mapping the probe set by UMAP", of(summary_ops.add_projection_maps)
    if questions.instances:
        yield (
            f"Changing {len(questions.instances)} images until the network sees another class",
            of(summary_ops.add_adversarial_strips, questions.instances),
        )
        if importlib.util.find_spec("captum") is not None:
            yield (
                "Finding what speaks for the class in them",
                of(summary_ops.add_saliency, questions.instances),
            )
    if len(questions.images):
        loader = DataLoader(TensorDataset(questions.images, questions.labels), questions.batch)
        yield (
            "Removing units, one after the other",
            of(summary_ops.add_ablations, loader, **questions.ablated),
        )
    rows, held_out = apart(questions.images, questions.labels)
    if questions.strengths and len(held_out) >= FEWEST:
        yield (
            "Attacking images that nothing else is made of, and telling them apart",
            of(
                summary_ops.add_attack_report,
                questions.images[held_out],
                questions.labels[held_out],
                reference=(questions.images[rows], questions.labels[rows]),
                attacks={"PGD linf": partial(pgd, recorder, questions.steps)},
                strengths=questions.strengths,
            ),
        )


def pgd(
    recorder: Recorder, steps: int, model: Any, images: Tensor, labels: Tensor, *, eps: float
) -> attacks.Attack:
    """PGD in few steps, on images that are normalized as those of the probe set."""
    probe = recorder.probe
    mean, std = (probe.mean, probe.std) if probe is not None else (None, None)
    return attacks.pgd(model, images, labels, eps=eps, steps=steps, mean=mean, std=std)


def apart(images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Rows of a reference, and of images that are held out; of equal images there is one.

    Every second image of each class is held out.
    """
    first: dict[bytes, int] = {}
    for row, image in enumerate(images):
        first.setdefault(image.numpy().tobytes(), row)
    rows = torch.tensor(list(first.values()), dtype=torch.int64)
    rows = rows[labels[rows].argsort(stable=True)]
    return rows[0::2], rows[1::2]
