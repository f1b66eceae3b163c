"""Measure how well attacked inputs can be told from benign ones, on held-out images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from summary_ops.attacks import Attack
from summary_ops.attacks.attack_target import AttackTarget, Classes, attacking
from summary_ops.images.pixels import Channels, PixelOptions
from summary_ops.jobs.attack_report import noise
from summary_ops.jobs.attack_report.areas import Areas, areas
from summary_ops.jobs.attack_report.attackers import Attacker, Planned, Strengths, plan
from summary_ops.jobs.attack_report.data import Reference, Split
from summary_ops.jobs.attack_report.scores import MEASURES, Floats, Scores
from summary_ops.jobs.job import normalization_of
from summary_ops.network.calling import invoke
from summary_ops.tasks.class_names import several
from tb_plugin_neural.contract.what_if_records import GROUPS, AttackReport

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

LEVEL = 0.95


@dataclass(frozen=True)
class _Group:
    name: str
    of: str
    strength: float
    inputs: int
    scores: Floats


class AttackReportOptions(TypedDict, total=False):
    """The keyword arguments of `attack_report`."""

    attacks: Mapping[str, Attacker | Attack] | None
    strengths: Strengths | None
    measures: str | Sequence[str]
    layers: str | Sequence[str] | None
    bootstrap: int
    level: float
    seed: int
    mean: Channels
    std: Channels
    value_range: tuple[float, float]
    device: torch.device | str | None
    progress: bool


def attack_report(
    recorder: Recorder,
    images: Tensor,
    labels: Classes,
    *,
    reference: Any,
    attacks: Mapping[str, Attacker | Attack] | None = None,
    strengths: Strengths | None = None,
    measures: str | Sequence[str] = MEASURES,
    layers: str | Sequence[str] | None = None,
    bootstrap: int = 1000,
    level: float = LEVEL,
    seed: int = 0,
    mean: Channels = None,
    std: Channels = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    device: torch.device | str | None = None,
    progress: bool = True,
) -> AttackReport:
    """Measure how well scores separate attacked from benign images, by attack and layer.

    Half of the rightly predicted images are attacked; successful attacks are compared with the
    other half. A score is the mean over units of how far an image's pooled activations are from
    the distribution, over the reference, of the class that the image is predicted as; beside it
    stand 1 − max-softmax, −margin and −energy. Two controls are compared with the same half: the
    benign images that are predicted wrongly, and, for each attack, the images that it attacked
    with Gaussian noise of the same L2 norm. A score that fires at these as well tells errors, or
    changes, from the usual, not attacks.

    Args:
        recorder: its model is run, as it is now, and left as it was; its layers are meant.
        images: what the model takes, `[N, channels, height, width]`, best not trained on.
        labels: true classes.
        reference: `(images, labels)`, or a loader of such batches: what the distributions of all
            classes are made of; none of it may be among `images`.
        attacks: by name, functions that are called with the model, images, labels and `eps=` a
            strength, and return an `Attack` or altered copies; or an `Attack` made of `images`
            beforehand, by any library. By default `pgd` and `fgsm` within an L∞ ball.
        strengths: of all functions, or by name; by default 2, 8, 16, 32 and 64 of 255 parts of the
            value range.
        measures: among `tail`, `surprisal` and `robust_z`.
        layers: names or globs; by default all that are recorded.
        bootstrap: number of resamples that intervals are made of.
        level: of the intervals.
        seed: of the halves, the default attacks, the noise and the resamples.
        mean: how the images were normalized, a number or one a channel; by default what the
            recorder's probe set says.
        std: likewise.
        value_range: what a pixel may hold before that.
        device: where the model is; by default that of its parameters.
        progress: show progress bars.

    Returns:
        A record: of every attack and control the area under the ROC curve of every score, with its
        interval.

    Raises:
        ValueError: an argument does not fit the others or the model, or images are in the
            reference.

    Example:
        >>> report = attack_report(
        ...     recorder, images, labels, reference=(others, labels), bootstrap=20, progress=False
        ... )
    """
    measures = several(measures)
    _check(recorder, measures, bootstrap, level)
    mean, std = normalization_of(recorder, mean, std)
    pixels: PixelOptions = {"mean": mean, "std": std, "value_range": value_range}
    planned = plan(attacks, strengths, seed=seed, **pixels)
    where = recorder.pipeline.network.device(device)
    with attacking(_Prediction(recorder), images, labels, targets=None, **pixels) as attack_target:
        known = Reference(reference)
        scores = Scores(
            recorder, known, measures=measures, layers=layers, device=where, progress=progress
        )
        known.check_apart(images)
        split = Split.of(attack_target, seed)
        benign, _ = scores.of(attack_target.images[split.negatives])
        errors, _ = scores.of(attack_target.images[split.errors])
        groups = [_Group("benign errors", "control", math.nan, len(errors), errors)]
        for one in tqdm(planned, desc="Neural: attacks", disable=not progress, leave=False):
            groups += _attacked(one, attack_target, split.sources, scores, seed)
    groups.sort(key=lambda group: GROUPS.index(group.of))
    found = [
        areas(one.scores, benign, resamples=bootstrap, level=level, seed=(seed, index))
        for index, one in enumerate(groups)
    ]
    return AttackReport(
        measures=tuple(measure for measure, _ in scores.names),
        layers=tuple(layer for _, layer in scores.names),
        reference=scores.reference,
        bootstrap=bootstrap,
        level=level,
        negatives=np.full(len(groups), len(benign), np.uint32),
        **_columns(groups, found),
    )


def _columns(groups: Sequence[_Group], found: Sequence[Areas]) -> dict[str, Any]:
    """Return the record's columns, one entry per group."""
    value, low, high = (np.stack(part).astype(np.float32) for part in zip(*found, strict=True))
    return {
        "groups": tuple(one.name for one in groups),
        "of": tuple(one.of for one in groups),
        "strength": np.array([one.strength for one in groups], np.float32),
        "inputs": np.array([one.inputs for one in groups], np.uint32),
        "positives": np.array([len(one.scores) for one in groups], np.uint32),
        "auroc": value,
        "low": low,
        "high": high,
    }


def _attacked(
    one: Planned, attack_target: AttackTarget, sources: Tensor, scores: Scores, seed: int
) -> list[_Group]:
    """Return the successes of an attack, and noise on all images that it attacked."""
    rows, copies = one.images(attack_target, sources)
    found, predicted = scores.of(copies)
    benign = attack_target.pixels(attack_target.images[rows])
    norms = noise.l2(attack_target.pixels(copies) - benign)
    noisy = noise.gaussian(benign, norms, (attack_target.low, attack_target.high), seed)
    control, _ = scores.of(attack_target.normalized(noisy))
    success = predicted != attack_target.labels[rows].cpu().numpy()
    return [
        _Group(one.name, "attack", one.strength, len(rows), found[success]),
        _Group(f"noise as {one.name}", "control", one.strength, len(rows), control),
    ]


def _check(recorder: Recorder, measures: Sequence[str], bootstrap: int, level: float) -> None:
    task = recorder.pipeline.network.task
    if not task.exclusive:
        raise ValueError(f"a recorder of task {task.name!r} predicts no single class to attack")
    if unknown := [name for name in measures if name not in MEASURES]:
        raise ValueError(f"measure {unknown[0]!r}, expected some of {', '.join(MEASURES)}")
    if bootstrap < 1 or not 0 < level < 1:
        raise ValueError(f"bootstrap={bootstrap}, level={level}, expected 1 or more, and a share")


class _Prediction(nn.Module):
    """A recorder's model that returns the prediction alone."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.model = recorder.model
        self._network = recorder.pipeline.network

    def forward(self, images: Tensor) -> Tensor:
        """Logits of the classes."""
        return self._network.class_scores(invoke(self.model, images))
