"""Labels in all the forms that datasets give them in, as tensors."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from summary_ops.data.conversion import array

Classes = tuple[str, ...]

UNPACK = "pass run(unpack=lambda batch: (inputs, labels)), or labels=None"


def size_of(labels: Any) -> int | None:
    """Return how many inputs the labels are of; None where that is ambiguous (several tasks)."""
    if isinstance(labels, (str, bytes, Mapping)) or _is_container(labels):
        return None
    try:
        return len(labels)
    except TypeError:
        return None


def by_index(given: Any, classes: Classes, batch: int | None, device: torch.device) -> Tensor:
    """Return one class per input, int64 `[batch]`; -1 where it is unknown.

    Args:
        given: class indices, class names, or one-hot rows; None, NaN and negative for unknown.
        classes: class names by index.
        batch: number of inputs, where it is known.
        device: where the labels are to be.

    Raises:
        TypeError: they are a dict.
        ValueError: they are something else, or not as many as inputs.
    """
    found = _indices(_tensor(given, classes, batch, device))
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim == 2 and len(classes) in (0, found.shape[1]) and _is_one_hot(found, classes):
        found = torch.where(found.amax(1) == 1, found.argmax(1), -1)
    _check(found, ("batch",), batch)
    return found


def by_column(given: Any, classes: Classes, batch: int | None, device: torch.device) -> Tensor:
    """Return an input's labels, int64 `[batch, labels]`: 0 or 1; negative where unknown.

    Args:
        given: such a table, or for each input the names of its classes.
        classes: class names by column.
        batch: number of inputs, where it is known.
        device: where the labels are to be.

    Raises:
        ValueError: they are something else, or not as many as inputs.
    """
    if isinstance(given, (list, tuple)) and any(_is_names(names) for names in given):
        given = [_row(names, classes) for names in given]
    found = _indices(_tensor(given, classes, batch, device))
    if found.ndim == 3 and found.shape[2] == 1:
        found = found[..., 0]
    _check(found, ("batch", "labels"), batch)
    return found


def numbers(given: Any, batch: int | None, device: torch.device) -> Tensor:
    """Targets, float32 `[batch]`; NaN where they are unknown.

    Raises:
        ValueError: they are something else, or not as many as inputs.
    """
    found = _tensor(given, (), batch, device, unknown=math.nan).float()
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    _check(found, ("batch",), batch)
    return found


def _check(found: Tensor, axes: tuple[str, ...], batch: int | None) -> None:
    if found.ndim != len(axes) or (batch is not None and len(found) != batch):
        raise ValueError(
            f"labels of shape {list(found.shape)}, expected [{', '.join(axes)}] with batch = "
            f"{batch}"
        )


def _tensor(
    given: Any,
    classes: Classes,
    batch: int | None,
    device: torch.device,
    *,
    unknown: float = -1,
) -> Tensor:
    """Labels as they are, names of classes by their indices."""
    if isinstance(given, Mapping):
        keys = ", ".join(map(repr, list(given)[:8]))
        raise TypeError(
            f"labels in a dict of {keys}, expected one label an input; name one of them by "
            f"output=, as the outputs, or {UNPACK}"
        )
    if isinstance(given, Tensor):
        return given.detach().to(device)
    if _is_container(given):
        given = _stacked(given, batch)
    values = given if isinstance(given, Tensor) else _objects(given)
    if isinstance(values, np.ndarray) and values.dtype.kind in "OUS":
        values = np.array([_number(item, classes, unknown) for item in values.reshape(-1)])
        values = values.reshape(np.shape(_objects(given)))
    return array(values).to(device)


def _objects(given: Any) -> Any:
    """Convert to an array; of objects where not all are numbers."""
    if isinstance(given, (list, tuple)) and any(
        item is None or isinstance(item, (str, bytes, Mapping)) for item in given
    ):
        found = np.empty(len(given), dtype=object)
        found[:] = given
        return found
    return np.asarray(given) if hasattr(given, "__array__") else array(given).numpy()


def _number(item: Any, classes: Classes, unknown: float) -> float:
    """Return the number that a label stands for."""
    if isinstance(item, bytes):
        item = item.decode("utf-8", "replace")
    if isinstance(item, str):
        item = str(item)
    if item is None or item == "" or item != item:  # noqa: PLR0124 - NaN differs from itself
        return unknown
    if not isinstance(item, str):
        try:
            return float(item) if not float(item).is_integer() else int(item)
        except (TypeError, ValueError):
            raise ValueError(
                f"labels that hold a {type(item).__name__}, expected one label an input; {UNPACK}"
            ) from None
    if item in classes:
        return classes.index(item)
    if not classes:
        raise ValueError(
            f"labels are text ({item!r}), expected numbers; pass classes=[…], the names by index"
        )
    known = ", ".join(map(repr, classes[:10])) + (", …" if len(classes) > 10 else "")
    raise ValueError(f"label {item!r} is none of the classes {known}")


def _indices(found: Tensor) -> Tensor:
    """Labels as int64, -1 where they are NaN or infinite.

    Raises:
        ValueError: one is no whole number.
    """
    if found.is_floating_point():
        found = torch.where(torch.isfinite(found), found, -1)
        if bool((found != found.round()).any()):
            raise ValueError(
                f"soft labels (the first is {found.flatten()[0].item():.4g}), expected class "
                "indices, or 0 and 1; pass the hard ones, as before smoothing or mixing"
            )
    return found.long()


def _is_one_hot(found: Tensor, classes: Classes) -> bool:
    """Return whether each row has a single 1, else zeros; negative rows are unknown.

    Where the number of classes is known to fit, rows of zeros are unknown too.
    """
    known = found.clamp(min=0)
    single = (known <= 1).all(1) & (known.sum(1) == 1)
    blank = (known == 0).all(1) if classes else (found < 0).all(1)
    return bool((single | blank).all() & single.any())


def _is_array(item: Any) -> bool:
    return isinstance(item, (Tensor, np.ndarray)) and item.ndim > 0


def _is_container(labels: Any) -> bool:
    """Return whether it is a list or tuple of arrays, one per task or per input."""
    return isinstance(labels, (list, tuple)) and any(_is_array(item) for item in labels)


def _stacked(given: Sequence[Any], batch: int | None) -> Tensor:
    """Rows of labels, one an input, as a tensor.

    Raises:
        ValueError: they are no such rows.
    """
    shapes = {tuple(item.shape) if _is_array(item) else None for item in given}
    if len(shapes) == 1 and batch in (None, len(given)):
        return torch.stack([torch.as_tensor(item) for item in given])
    parts = ", ".join(
        str(list(item.shape)) if _is_array(item) else type(item).__name__ for item in given[:4]
    )
    raise ValueError(
        f"labels in a {type(given).__name__} of {parts}, expected one label an input; {UNPACK}"
    )


def _is_names(item: Any) -> bool:
    texts = isinstance(item, Collection) and not isinstance(item, (str, bytes, Mapping))
    return texts and any(isinstance(name, str) for name in item)


def _row(names: Collection[str] | None, classes: Classes) -> list[float]:
    if names is None:
        return [-1.0] * len(classes)
    chosen = {_number(name, classes, -1) for name in names}
    return [float(index in chosen) for index in range(len(classes))]
