"""Remove units of a model, and see what becomes of each class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from summary_ops.jobs.ablation.measured import ClassInputs, Effect
from summary_ops.jobs.ablation.sample import Sample
from summary_ops.jobs.ablation.screening import Screened, screen
from summary_ops.jobs.ablation.unit_ablation import UnitAblation
from summary_ops.network.isolation import isolation
from summary_ops.network.modules import layers as layers_
from summary_ops.tasks.class_names import focus_indices, several
from tb_plugin_neural.contract.what_if_records import REPLACEMENTS, Ablations

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

TOP, INPUTS = 20, 64

Unit = tuple[str, int]
"""A layer and a number in it."""

Units = Mapping[str, int | Sequence[int]]
"""By layer."""

REMOVABLE = "whose units can be removed, all recorded ones but the logits"


class AblationOptions(TypedDict, total=False):
    """The keyword arguments of `ablations`."""

    classes: int | str | Sequence[int | str] | None
    units: Units | None
    layers: str | Sequence[str] | None
    replacement: str
    top: int
    inputs: int
    unpack: Callable[[Any], tuple[Any, Any]] | None
    mask: Callable[[Any], Tensor] | None
    device: torch.device | str | None
    seed: int
    progress: bool


@dataclass(frozen=True)
class _Row:
    layer: str
    unit: int
    predicted: float
    effect: Effect


def ablations(
    recorder: Recorder,
    loader: Iterable[Any],
    *,
    classes: int | str | Sequence[int | str] | None = None,
    units: Units | None = None,
    layers: str | Sequence[str] | None = None,
    replacement: str = "mean",
    top: int = TOP,
    inputs: int = INPUTS,
    unpack: Callable[[Any], tuple[Any, Any]] | None = None,
    mask: Callable[[Any], Tensor] | None = None,
    device: torch.device | str | None = None,
    seed: int = 0,
    progress: bool = True,
) -> Ablations:
    """Predict the effect of ablating each unit on each class; measure it for the strongest few.

    One forward and one backward pass over a sample of inputs predict, for every unit of every
    recorded layer, by how much the mean logit of a class's own inputs falls without it: gradient ×
    (activation − replacement), summed over positions. Of each class the `top` units with the
    largest prediction, up or down, are then replaced at all positions, one at a time, and the
    sample goes through the model again. The layer that gives the logits is left out.

    Args:
        recorder: its model is run, as it is now, and left as it was.
        loader: batches of inputs and labels, as `Recorder.run` takes them.
        classes: indices or names; by default all that have inputs.
        units: by layer, measured for every class as well.
        layers: that the `top` units are taken from, names or globs; by default all recorded ones.
        replacement: `mean`, a unit's mean over the sample's inputs and positions, or `zero`.
        top: units measured a class.
        inputs: most inputs a class, drawn from the loader.
        unpack: from a batch to `(inputs, labels)`, for loaders of another shape.
        mask: from a batch to the token mask `[batch, positions]`.
        device: where to send inputs; by default the device of the model's parameters.
        seed: of the draw.
        progress: show a progress bar.

    Returns:
        A record: of every class its inputs, and of every unit measured what was predicted and what
        came of it.

    Raises:
        ValueError: there are no labels, no such class, layer or unit, or the task has no classes.

    Example:
        >>> found = ablations(recorder, loader, top=1, progress=False)
        >>> sorted(set(found.subset.tolist())) == list(range(len(found.subsets)))
        True
    """
    _check(recorder, replacement, top, inputs)
    model, where = recorder.model, recorder.pipeline.network.device(device)
    with isolation.isolated(model, loader):
        sample = Sample(recorder, where, inputs, seed)
        sample.draw(loader, unpack, mask)
        chosen = _classes(recorder, sample, classes)
        with tqdm(desc="Neural: screening units", disable=not progress, leave=False) as bar:
            screened = screen(recorder, sample, chosen, replacement, bar.update)
        among = layers_.among(screened, layers, REMOVABLE)
        named = _units(screened, units or {})
        ablation = UnitAblation(recorder.pipeline.network)
        found: dict[int, tuple[ClassInputs, list[_Row]]] = {}
        for row, label in enumerate(
            tqdm(chosen, desc="Neural: removing units", disable=not progress, leave=False)
        ):
            one = ClassInputs(sample, label)
            units_to_ablate = dict.fromkeys((*_strongest(screened, among, row, top), *named))
            found[label] = one, list(_ablations(one, ablation, screened, row, units_to_ablate))
    return _record(replacement, found)


def _ablations(
    one: ClassInputs,
    ablation: UnitAblation,
    screened: Mapping[str, Screened],
    row: int,
    units: Iterable[Unit],
) -> Iterator[_Row]:
    for layer, unit in units:
        value = float(screened[layer].replacement[unit])
        predicted = float(screened[layer].predicted[row, unit])
        yield _Row(layer, unit, predicted, one.without(ablation, layer, unit, value))


def _check(recorder: Recorder, replacement: str, top: int, inputs: int) -> None:
    task = recorder.pipeline.network.task
    if not task.has_classes:
        raise ValueError(f"a recorder of task {task.name!r} has no classes to remove units for")
    if replacement not in REPLACEMENTS:
        raise ValueError(f"replacement={replacement!r}, expected one of {', '.join(REPLACEMENTS)}")
    if top < 0 or inputs < 1:
        raise ValueError(f"top={top}, inputs={inputs}, expected at least 0 and 1")


def _classes(
    recorder: Recorder, sample: Sample, classes: int | str | Sequence[int | str] | None
) -> list[int]:
    there = sample.classes
    if not there:
        raise ValueError("the loader gives no finite inputs of a known class")
    indices = focus_indices(classes, recorder.pipeline.network.classes, "classes")
    if indices is None:
        return there
    if missing := sorted(set(indices) - set(there)):
        raise ValueError(f"classes={missing}: the loader gives no inputs of them, but of {there}")
    return sorted(set(indices))


def _units(screened: Mapping[str, Screened], units: Units) -> list[Unit]:
    found: list[Unit] = []
    for given, chosen in units.items():
        for layer in layers_.among(screened, given, REMOVABLE):
            count = len(screened[layer].replacement)
            numbers = [int(unit) for unit in several(chosen)]
            if wrong := [unit for unit in numbers if not 0 <= unit < count]:
                raise ValueError(f"unit {wrong[0]} of layer {layer}, which has {count}")
            found += [(layer, unit) for unit in numbers]
    return found


def _strongest(
    screened: Mapping[str, Screened], layers: Sequence[str], row: int, top: int
) -> list[Unit]:
    """Return the units with the largest predictions by magnitude, without those of 0 or NaN."""
    found: list[tuple[float, str, int]] = []
    for layer in layers:
        size = np.nan_to_num(np.abs(screened[layer].predicted[row]), posinf=0)
        best = np.argsort(-size, kind="stable")[:top]
        found += [(float(size[unit]), layer, int(unit)) for unit in best if size[unit]]
    found.sort(key=lambda one: -one[0])
    return [(layer, unit) for _, layer, unit in found[:top]]


def _record(replacement: str, found: Mapping[int, tuple[ClassInputs, list[_Row]]]) -> Ablations:
    rows = [
        (subset_row, row) for subset_row, (_, rows) in enumerate(found.values()) for row in rows
    ]
    layers = list(dict.fromkeys(row.layer for _, row in rows))

    def counts(values: list[int]) -> np.ndarray[Any, Any]:
        return np.array(values, dtype=np.uint32)

    return Ablations(
        replacement=replacement,
        subsets=tuple(f"class:{label}" for label in found),
        layers=tuple(layers),
        inputs=counts([one.whole.inputs for one, _ in found.values()]),
        correct=counts([one.correct for one, _ in found.values()]),
        subset=counts([subset_row for subset_row, _ in rows]),
        layer=counts([layers.index(row.layer) for _, row in rows]),
        unit=counts([row.unit for _, row in rows]),
        predicted=np.array([row.predicted for _, row in rows], dtype=np.float32),
        measured=np.array([row.effect.fall for _, row in rows], dtype=np.float32),
        correct_after=counts([row.effect.correct for _, row in rows]),
        taken_for=counts([row.effect.taken_for for _, row in rows]),
    )
