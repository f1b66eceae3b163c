"""Records from arrays of any framework, equal to what a `Recorder` would have written."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from summary_ops import tasks
from summary_ops.data import slice_masks
from summary_ops.data.conversion import array
from summary_ops.network.isolation import isolation
from summary_ops.problems import Problems
from summary_ops.schedule import step_number
from summary_ops.session.writer import Rows, SessionWriter
from summary_ops.streaming import writing
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.budget import FOCUS
from summary_ops.streaming.subsets.batch import Batch, Settings
from summary_ops.tasks.class_names import class_names, focus_indices
from tb_plugin_neural.contract import records


@dataclass
class Model:
    """The records that one name of a writer has received.

    Attributes:
        probe: the instances that projections are of.
        about: what the session has said of itself.
    """

    session_writer: SessionWriter = field(default_factory=lambda: SessionWriter(Problems()))
    layers: dict[str, records.Layer] = field(default_factory=dict)
    probe: records.Probe | None = None
    about: records.Session | None = None

    def write(self, writer: Any, rows: Rows, step: int, about: records.Session) -> None:
        """Write records of a step; layers and probe set of the session are known here."""
        probe, layers = self.probe, tuple(self.layers.values())
        self.about = replace(about, layers=layers, probe=probe.hash if probe is not None else None)
        make_probe = None if probe is None else lambda: probe
        self.session_writer.write(writer, rows, step, about=self.about, probe=make_probe)


_models: weakref.WeakKeyDictionary[Any, dict[str, Model]] = weakref.WeakKeyDictionary()


def model_of(writer: Any, name: str) -> Model:
    """Return what a writer has received under a name."""
    return _models.setdefault(writer, {}).setdefault(name, Model())


def activation_distributions(
    writer: Any,
    layer: str,
    activations: Any,
    labels: Any = None,
    *,
    step: int,
    classes: Sequence[str] | None = None,
    task: str | None = "multiclass",
    slices: Mapping[str, Any] | None = None,
    name: str = "model",
    focus: Sequence[int | str] | None = None,
    window: tuple[float, float] | None = None,
    bins: int = 64,
    max_bytes: int = 256 * 2**20,
) -> None:
    """Write the distributions of one layer's pooled activations.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`.
        layer: the layer's name.
        activations: `[inputs, units]`, any array; pool positions before (their maximum, say).
        labels: `[inputs]` class indices (`[inputs, labels]` for multilabel, targets for
            regression), or None; negative ones are unlabelled.
        step: the training step.
        classes: class names by index; by default as many as the labels need.
        task: `multiclass`, `binary`, `multilabel`, `regression`, or None.
        slices: further subsets: name to boolean mask `[inputs]`.
        name: the model's name, as of a `Recorder`.
        focus: classes (index or name) that get histograms when not all classes fit; by default
            the most frequent ones.
        window: bounds of the histograms; by default placed by the first 256 inputs.
        bins: bins of a histogram.
        max_bytes: budget of the statistics.

    Raises:
        ValueError: the arrays' shapes contradict each other or the task, or the step is no whole
            number.

    Example:
        >>> activations = torch.rand(200, 16)  # an array of any framework
        >>> classes = torch.arange(200) % 3
        >>> activation_distributions(writer, "encoder", activations, classes, step=0)
    """
    step = step_number(step)
    values = array(activations)
    if values.ndim != 2 or not values.shape[1]:
        raise ValueError(
            f"activations of shape {list(values.shape)}, expected [inputs, units]; reduce "
            "positions first, by their maximum or mean"
        )
    cpu = torch.device("cpu")
    given = None
    names = class_names(classes)
    kind = tasks.of(task, names)
    if task is not None and labels is not None:
        given = kind.check_labels(labels, len(values), cpu)
    chosen = focus_indices(focus, names)
    if chosen is None and given is not None and kind.exclusive:
        chosen = _most_frequent(given, len(names))
    with isolation.without_autocast_or_grad():
        accumulator = Accumulator(
            Settings(
                task=kind,
                classes=len(names) or None,
                focus=chosen,
                bins=bins,
                max_bytes=max_bytes,
                windows={"": window} if window else {},
            )
        )
        masks = {key: array(mask) for key, mask in (slices or {}).items()}
        accumulator.add(
            Batch(
                {layer: values.float()},
                len(values),
                given,
                slices=slice_masks.slice_masks(masks, len(values), cpu),
            )
        )
        rows = list(writing.to_records(accumulator))
    model = model_of(writer, name)
    if doubt := accumulator.labels.doubt(accumulator.classes):
        model.session_writer.problems.report("labels", doubt)
    model.layers[layer] = records.Layer(layer, "array", values.shape[1], "none")
    about = records.Session(
        name=name,
        task=task,
        classes=names or tuple(map(str, range(accumulator.classes))),
        subset_names=accumulator.subset_names(),
        layers=(),
        probe=None,
        weights="",
        left_out=accumulator.budget.left_out if accumulator.budget else (),
    )
    model.write(writer, rows, step, about)


def _most_frequent(labels: Tensor, classes: int) -> tuple[int, ...]:
    known = (labels >= 0) & (labels < classes) if classes else labels >= 0
    found, counts = torch.unique(labels[known], return_counts=True)
    return tuple(found[counts.argsort(descending=True, stable=True)][:FOCUS].tolist())
