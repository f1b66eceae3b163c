"""The probe set: fixed inputs whose activations and predictions are recorded at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, Self, TypedDict, Unpack

import numpy as np
import torch
from torch import Tensor

from summary_ops import tasks
from summary_ops.attacks import Attack
from summary_ops.data import sampling, slice_masks
from summary_ops.data.instances import Instances, collated
from summary_ops.images import thumbnails
from summary_ops.network.isolation.defaults import own_defaults
from summary_ops.network.isolation.generators import preserved_rng
from summary_ops.probe.records import half, predictions, quantize
from summary_ops.tasks.class_names import class_names
from tb_plugin_neural.contract.records import Probe

__all__ = ["LARGEST", "ProbeSet", "half", "predictions", "quantize"]

LARGEST = 4096
"""Most instances of a probe set."""

FOCUS = 64
"""Most of them in focus."""

Pairs = Attack | Sequence[Attack] | Sequence[tuple[int, int]] | None


class ProbeSetOptions(TypedDict, total=False):
    """The keyword arguments of `ProbeSet`."""

    classes: Sequence[str] | None
    names: Sequence[str] | None
    pairs: Pairs
    notes: Sequence[str] | None
    slices: Mapping[str, Any] | None
    texts: Sequence[str] | None
    render: Callable[[Any], Any] | None
    mean: Any
    std: Any
    focus: Sequence[int]


@dataclass(frozen=True, init=False, eq=False)
class ProbeSet:
    """Fixed inputs, the same at every step and in every run; they are copied.

    Args:
        inputs: what the model takes: a tensor `[N, …]`, or a list of `N` tensors, which is made one
            tensor where they have one shape, and stays a list, the model's one argument, where they
            have not (images of a detector). Or tensors `[N, …]`, lists of `N` entries or a
            `PackedSequence` in a tuple (arguments), a dict (keywords), or a dataclass; so
            `(images,)` passes a list as it is.
        labels: class indices, names or one-hot rows; -1 or None where unknown.
        classes: class names by index, where labels are names.
        names: a name an instance; by default its number.
        pairs: `(attacked, benign)` pairs of indices; or what `attacks` found on these inputs: then
            the attacked images are appended.
        notes: what was done to each instance.
        slices: what maps may be coloured by, as in `Recorder.observing`: name to boolean mask
            `[N]` of the inputs; attacked copies are in no slice, but have a note of the attack.
        texts: what to show where there is no picture.
        render: from one input to what shows it: uint8 `[height, width(, 3 or 4)]`, a Pillow image,
            or text.
        mean: how images were normalized, a number or one a channel; their pictures undo it.
        std: likewise.
        focus: indices of up to 64 instances whose distances among each other are kept too.

    Attributes:
        hash: of the inputs' types, shapes and bytes, the labels and the names; the same in every
            process, so that runs with the same probe set know each other.

    Raises:
        TypeError: inputs are no tensors.
        ValueError: lengths do not match, there are no inputs or more than 4,096, or those in focus
            are too many or no instances.

    Example:
        >>> probe = ProbeSet(images, labels, names=[f"digit {number}" for number in range(20)])
        >>> len(probe), len(probe.hash) > 8
        (20, True)
    """

    instances: Instances = field(repr=False)
    labels: tuple[int, ...] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    pairs: tuple[int, ...] = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    slices: tuple[tuple[str, ...], ...] = field(repr=False)
    texts: tuple[str, ...] = field(repr=False)
    render: Callable[[Any], Any] | None = field(repr=False)
    mean: Any = field(repr=False)
    std: Any = field(repr=False)
    focus: tuple[int, ...] = field(repr=False)
    hash: str

    @own_defaults()
    def __init__(
        self,
        inputs: Any,
        labels: Any = None,
        *,
        classes: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
        pairs: Pairs = None,
        notes: Sequence[str] | None = None,
        slices: Mapping[str, Any] | None = None,
        texts: Sequence[str] | None = None,
        render: Callable[[Any], Any] | None = None,
        mean: Any = None,
        std: Any = None,
        focus: Sequence[int] = (),
    ) -> None:
        own = Instances.of(inputs)
        size = own.size
        columns = _Columns(
            labels=_labels(labels, size, classes),
            names=_texts("names", names, size, [str(index) for index in range(size)]),
            notes=_texts("notes", notes, size, [""] * size),
            slices=_slices(slices, size),
            texts=_texts("texts", texts, size, [""] * size),
            pairs=[-1] * size,
        )
        if isinstance(pairs, Attack):
            pairs = [pairs]
        for pair in pairs or ():
            if isinstance(pair, Attack):
                own = _append(own, columns, pair)
            else:
                _pair(columns, pair)
        size = len(columns.names)
        if not 1 <= size <= LARGEST:
            raise ValueError(
                f"a probe set of {size} inputs, expected 1 to {LARGEST}; choose some with "
                "ProbeSet.sample(dataset, n=256)"
            )
        frozen = {name: tuple(values) for name, values in vars(columns).items()}
        digest = own.digest()
        digest.update(repr((list(frozen["labels"]), list(frozen["names"]))).encode())
        vars(self).update(frozen, instances=own, render=render, mean=mean, std=std)
        vars(self).update(hash=digest.hexdigest(), focus=_focus(focus, size))

    @classmethod
    def sample(
        cls, dataset: Any, n: int = 256, *, seed: int = 0, **options: Unpack[ProbeSetOptions]
    ) -> Self:
        """Choose `n` inputs of a dataset, as many of each class as there can be.

        Labels are read from the dataset's `targets` or `labels` where it has them, else from
        its items, once. Use a dataset without random transforms: the same seed then chooses the
        same inputs in every run.

        Args:
            dataset: indexable, its items `(input, label)`, inputs, or dicts with `labels`.
            n: how many; all, when there are fewer.
            seed: of the choice.
            options: further arguments of `ProbeSet`.

        Returns:
            The probe set; by default the instances have their indices as names.

        Raises:
            TypeError: items of the data set are no tensors.
            ValueError: see `ProbeSet`.

        Example:
            >>> dataset = torch.utils.data.TensorDataset(images, labels)
            >>> len(ProbeSet.sample(dataset, 8))
            8
        """
        with preserved_rng(dataset):
            found = sampling.labels_of(dataset)
            labels = np.array(_labels(found, len(dataset), options.get("classes")))
            chosen = sampling.balanced(labels, n, seed)
            inputs = [sampling.split(dataset[int(index)])[0] for index in chosen]
        options.setdefault("names", [str(index) for index in chosen])
        return cls(collated(inputs), labels[chosen], **options)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Any:
        """Return one input as the model takes it, without the batch axis."""
        return self.instances.one(index)

    @property
    def inputs(self) -> Any:
        """Return all inputs, as the model takes them."""
        return self.instances.inputs

    def at(self, indices: Sequence[int]) -> Any:
        """Return these inputs, as the model takes them."""
        return self.instances.rows(list(indices))

    def batches(self, size: int = 256) -> Iterator[Any]:
        """Yield the inputs in order, as the model takes them, at most `size` at a time."""
        for start in range(0, len(self), size):
            yield self.instances.rows(slice(start, start + size))

    def record(self) -> Probe:
        """Make the record of what the page shows of the instances.

        Raises:
            ValueError: `render` returned something that cannot be shown.
        """
        pictures, texts = self._shown()
        note = pictures.note if pictures is not None else ""
        return Probe(
            hash=self.hash,
            names=self.names,
            labels=self.labels,
            pairs=self.pairs,
            notes=tuple("; ".join(filter(None, (own, note))) for own in self.notes),
            texts=texts,
            slices=self.slices if any(self.slices) else (),
            pictured=pictures is not None,
            lossless=pictures is not None and pictures.lossless,
            pictures=pictures.files if pictures is not None else (),
        )

    def _shown(self) -> tuple[thumbnails.Pictures | None, tuple[str, ...]]:
        if self.render is None:
            images = self.instances.pictures()
            if images is not None and thumbnails.are_pictures(images):
                return thumbnails.draw(images, self.mean, self.std), self.texts
            return None, self.texts
        shown = [self.render(self[index]) for index in range(len(self))]
        if all(isinstance(value, str) for value in shown):
            return None, tuple(shown)
        return thumbnails.Pictures(
            *thumbnails.encode(list(map(thumbnails.as_image, shown)))
        ), self.texts


@dataclass(frozen=True)
class _Columns:
    labels: list[int]
    names: list[str]
    notes: list[str]
    slices: list[tuple[str, ...]]
    texts: list[str]
    pairs: list[int]


def _labels(labels: Any, size: int, classes: Sequence[str] | None) -> list[int]:
    if labels is None:
        return [-1] * size
    names = class_names(classes)
    given = tasks.of("multiclass", names).check_labels(labels, size, torch.device("cpu"))
    return [max(int(label), -1) for label in given]


def _texts(what: str, given: Sequence[str] | None, size: int, default: list[str]) -> list[str]:
    if given is not None and len(given) != size:
        raise ValueError(f"{len(given)} {what} for {size} inputs")
    return default if given is None else [str(text) for text in given]


def _slices(given: Mapping[str, Any] | None, size: int) -> list[tuple[str, ...]]:
    masks = slice_masks.slice_masks(given, size, torch.device("cpu"))
    rows = zip(*(mask.tolist() for mask in masks.values()), strict=True) if masks else [()] * size
    return [tuple(compress(masks, row)) for row in rows]


def _focus(focus: Sequence[int], size: int) -> tuple[int, ...]:
    chosen = tuple(dict.fromkeys(int(index) for index in focus))
    if len(chosen) > FOCUS or not all(0 <= index < size for index in chosen):
        raise ValueError(
            f"focus on {len(chosen)} instances, {str(list(chosen[:8]))[1:-1]}, …; expected at most "
            f"{FOCUS} of the indices 0 to {size - 1}"
        )
    return chosen


def _pair(columns: _Columns, pair: tuple[int, int]) -> None:
    size = len(columns.names)
    attacked, benign = (int(index) for index in pair)
    if not (0 <= attacked < size and 0 <= benign < size) or attacked == benign:
        raise ValueError(
            f"pair ({attacked}, {benign}): expected (attacked, benign), two of the indices 0 to "
            f"{size - 1}"
        )
    columns.pairs[attacked] = benign


def _append(instances: Instances, columns: _Columns, attack: Attack) -> Instances:
    index, inputs = attack.index.tolist(), instances.inputs
    known = isinstance(inputs, Tensor) and all(0 <= position < len(inputs) for position in index)
    if not (isinstance(inputs, Tensor) and known and torch.equal(inputs[index], attack.benign)):
        raise ValueError(
            "the attack's benign images are not inputs[attack.index]; make the probe set from the "
            "tensor that was attacked, or, if that was inputs[chosen], pass attack.within(chosen)"
        )
    columns.labels.extend(columns.labels[position] for position in index)
    columns.names.extend(f"{columns.names[position]} attacked" for position in index)
    columns.notes.extend([attack.note] * len(attack))
    columns.slices.extend([()] * len(attack))
    columns.texts.extend(columns.texts[position] for position in index)
    columns.pairs.extend(index)
    joined = torch.cat((inputs, attack.images.to(inputs.dtype)))
    return Instances(joined, len(joined))
