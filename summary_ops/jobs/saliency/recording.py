"""Saliency of a recorder's probe set, and into an event file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from summary_ops.images.pixels import Channels, Pixels
from summary_ops.jobs.job import normalization_of, write_job
from summary_ops.jobs.saliency import maps
from summary_ops.jobs.strips.making import as_pictures
from summary_ops.jobs.strips.measure import Target
from summary_ops.jobs.strips.recording import chosen_of, logits_of
from summary_ops.network.calling import invoke
from summary_ops.network.isolation import isolation
from summary_ops.schedule import step_number
from summary_ops.tasks.class_names import several
from tb_plugin_neural.contract.what_if_records import Saliency

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

LARGEST_SIDE = 64
"""Maps are kept with at most so many rows and columns."""

WINDOWS = 8
"""Squares along the longer side of a picture, by default."""


class SaliencyOptions(TypedDict, total=False):
    """The keyword arguments of `saliency`."""

    methods: str | Sequence[str]
    targets: int | str | Sequence[int | str] | None
    baseline: float | None
    window: int | None
    stride: int | None
    integration_steps: int
    mean: Channels
    std: Channels
    value_range: tuple[float, float]
    device: torch.device | str | None
    progress: bool


def add_saliency(
    writer: Any,
    recorder: Recorder,
    instances: int | Sequence[int],
    *,
    step: int,
    **options: Unpack[SaliencyOptions],
) -> None:
    """Write what `saliency` finds: what each pixel of an instance adds to a class's logit.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model, as it is now, and its probe set are meant.
        instances: numbers of instances of the probe set.
        step: of the record; where the run records the same step, call this after it has.
        options: of `saliency`.

    Raises:
        ImportError: captum is not installed.
        ValueError: see `saliency`.

    Example:
        >>> add_saliency(writer, recorder, [0], step=0, methods="occlusion", progress=False)
    """
    step = step_number(step)
    write_job(
        writer,
        recorder,
        lambda: [(step, *row) for row in saliency(recorder, instances, **options).items()],
    )


def saliency(
    recorder: Recorder,
    instances: int | Sequence[int],
    *,
    methods: str | Sequence[str] = maps.METHODS,
    targets: int | str | Sequence[int | str] | None = None,
    baseline: float | None = None,
    window: int | None = None,
    stride: int | None = None,
    integration_steps: int = 50,
    mean: Channels = None,
    std: Channels = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    device: torch.device | str | None = None,
    progress: bool = True,
) -> dict[str, Saliency]:
    """Attribute a class's logit to the pixels of probe instances.

    Maps are measured by captum (`pip install 'tensorboard-plugin-neural[saliency]'`) on the model
    as it is now, in evaluation mode, and kept with at most 64 rows and columns, whose values are
    the sums of the pixels they stand for.

    Args:
        recorder: its model and probe set are meant.
        instances: numbers of instances of the probe set.
        methods: `occlusion`, `integrated_gradients`.
        targets: the class of each instance whose logit is explained, by number or name; by default
            the predicted one.
        baseline: a pixel that says nothing, before normalization; by default the mean colour of
            each image.
        window: side of the square that occlusion covers, in pixels; by default an eighth of the
            image's longer side, but 2.
        stride: from one square to the next; by default half of it.
        integration_steps: of integrated gradients.
        mean: how the model's inputs are normalized; by default what the probe set says.
        std: likewise.
        value_range: what pixels may hold before that, (0, 255) say.
        device: of the inputs; by default that of the model's parameters.
        progress: show a progress bar.

    Returns:
        A record a method, with a map `[Y, X]` an instance in 8 bits: `level * scale`.

    Raises:
        ImportError: captum is not installed.
        ValueError: the recorder has no probe set of images or no such instance, its task has no
            classes that exclude each other, or an argument does not fit.

    Example:
        >>> maps = saliency(recorder, [0, 1], methods="occlusion", progress=False)
        >>> maps["occlusion"].values(0).shape
        (8, 8)
    """
    instances = [int(number) for number in several(instances)]
    methods = several(methods)
    maps.captum()
    if unknown := [method for method in methods if method not in maps.METHODS]:
        raise ValueError(f"method {unknown[0]!r}, expected {' or '.join(maps.METHODS)}")
    probe, chosen = chosen_of(recorder, instances)
    if not instances:
        return {}
    mean, std = normalization_of(recorder, mean, std)
    pixels, pictures = as_pictures(recorder.model, chosen, mean, std, value_range, device)
    ways = _Ways.of(pixels, pictures, baseline, window, stride, integration_steps)
    classes = _classes(recorder, targets, logits_of(recorder, chosen, device))

    def logits(pictures: Tensor) -> Tensor:
        result = invoke(recorder.model, pixels.inputs(pictures))
        return recorder.pipeline.network.class_scores(result)

    bar = tqdm(
        total=len(methods) * len(instances),
        desc="Neural: saliency",
        disable=not progress,
        leave=False,
    )
    records: dict[str, Saliency] = {}
    with bar:
        for method in dict.fromkeys(methods):
            with isolation.differentiating(recorder.model):
                found = []
                for row, target in enumerate(classes):
                    found.append(ways.map(method, logits, row, target))
                    bar.update()
            level, scale = maps.levels(torch.stack(found))
            records[method] = Saliency(
                method=method,
                parameters=ways.words(method),
                probe=probe.hash,
                instance=np.array(instances, np.uint32),
                target=np.array(classes, np.uint32),
                level=level,
                scale=scale,
            )
    return records


@dataclass(frozen=True, eq=False)
class _Ways:
    """The methods of saliency, for some pictures `[N, channels, height, width]`."""

    pictures: Tensor
    baselines: Tensor
    window: int
    stride: int
    steps: int
    against: str

    @classmethod
    def of(
        cls,
        pixels: Pixels,
        pictures: Tensor,
        baseline: float | None,
        window: int | None,
        stride: int | None,
        steps: int,
    ) -> _Ways:
        """Check what the user says, and complete it."""
        side, short = max(pictures.shape[2:]), min(pictures.shape[2:])
        window = min(short, max(2, round(side / WINDOWS))) if window is None else window
        stride = max(1, window // 2) if stride is None else stride
        if not 1 <= stride <= window <= short or steps < 1:
            raise ValueError(
                f"window={window}, stride={stride}, integration_steps={steps}: expected "
                f"1 <= stride <= window <= {short}, the shorter side, and at least one step"
            )
        if baseline is None:
            flat = pictures.mean((2, 3), keepdim=True)
        elif pixels.low <= baseline <= pixels.high:
            level = (baseline - pixels.low) / (pixels.high - pixels.low)
            flat = torch.full_like(pictures[:, :, :1, :1], level)
        else:
            raise ValueError(
                f"baseline={baseline}, expected a pixel from {pixels.low} to {pixels.high}"
            )
        against = "the image's mean colour" if baseline is None else f"pixels of {baseline:.4g}"
        return cls(pictures, flat.expand_as(pictures), window, stride, steps, against)

    def map(self, method: str, logits: maps.Logits, row: int, target: int) -> Tensor:
        """Compute the map of one picture, on the CPU."""
        inputs = logits, self.pictures[row], target, self.baselines[row]
        if method == "occlusion":
            values = maps.occlusion(*inputs, window=self.window, stride=self.stride)
        else:
            values = maps.integrated_gradients(*inputs, steps=self.steps)
        return maps.shrink(values.cpu(), LARGEST_SIDE)

    def words(self, method: str) -> str:
        """Describe the parameters of a method in words."""
        how = f"{self.steps} steps"
        if method == "occlusion":
            how = f"window {self.window}, stride {self.stride}"
        return f"{how}, against {self.against}"


def _classes(
    recorder: Recorder, targets: int | str | Sequence[int | str] | None, scores: Tensor
) -> list[int]:
    """Return the class of each instance: the requested one, or the one that logits predict."""
    if targets is None:
        return [int(index) for index in scores.argmax(1)]
    targets = several(targets)
    found = [Target.of(target, recorder.pipeline.network.classes).index for target in targets]
    count = scores.shape[1]
    if len(found) != len(scores) or not all(0 <= index < count for index in found):
        raise ValueError(
            f"targets={targets}, expected one of the {count} classes for each of "
            f"{len(scores)} instances"
        )
    return found
