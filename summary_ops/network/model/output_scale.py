"""Determine whether a prediction holds logits or probabilities: stated, or by its operations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from enum import Enum
from typing import Any

from torch import Tensor, nn

from summary_ops.network.modules.layers import DENSE
from summary_ops.network.modules.watch import Watch
from summary_ops.tasks import Task


class Scale(Enum):
    """The kinds of numbers in a prediction."""

    LOGITS = "logits"
    PROBABILITIES = "probabilities"
    LOG_PROBABILITIES = "log-probabilities"


STATED = (None, Scale.LOGITS.value, Scale.PROBABILITIES.value)

_MADE_BY: Mapping[str, Scale] = {
    "sigmoid": Scale.PROBABILITIES,
    "hardsigmoid": Scale.PROBABILITIES,
    "softmax": Scale.PROBABILITIES,
    "safe_softmax": Scale.PROBABILITIES,
    "log_softmax": Scale.LOG_PROBABILITIES,
    "addmm": Scale.LOGITS,
    "mm": Scale.LOGITS,
    "bmm": Scale.LOGITS,
    "baddbmm": Scale.LOGITS,
    "mv": Scale.LOGITS,
    "linear": Scale.LOGITS,
    "convolution": Scale.LOGITS,
}
_CHANGED_BY: Mapping[tuple[str, Scale], Scale] = {
    ("exp", Scale.LOG_PROBABILITIES): Scale.PROBABILITIES,
    ("log", Scale.PROBABILITIES): Scale.LOG_PROBABILITIES,
    ("mean", Scale.PROBABILITIES): Scale.PROBABILITIES,
    ("clamp", Scale.PROBABILITIES): Scale.PROBABILITIES,
}
_KEPT_BY = {
    "view", "unsafe_view", "reshape_alias", "squeeze", "unsqueeze", "select", "slice", "split",
    "transpose", "permute", "t", "expand", "alias", "detach", "clone", "to_copy", "cat", "stack",
    "index", "index_select", "gather", "contiguous",
}  # fmt: skip
"""Operations, by autograd's and the dispatcher's name, whose results are some of the numbers."""

_MADE_IN: Mapping[tuple[type[nn.Module], ...], Scale] = {
    (nn.Sigmoid, nn.Hardsigmoid, nn.Softmax): Scale.PROBABILITIES,
    (nn.LogSoftmax,): Scale.LOG_PROBABILITIES,
    DENSE: Scale.LOGITS,
}

DEEPEST = 64
"""Operations that are followed back from a prediction."""


class AmbiguousOutput(ValueError):
    """The prediction may hold logits or probabilities."""


class OutputScale:
    """The scale of a network's predictions, in training and in evaluation mode.

    Args:
        stated: what the user says they are; None where it is to be found out.

    Raises:
        ValueError: it is neither.
    """

    def __init__(self, stated: str | None = None) -> None:
        if stated not in STATED:
            expected = ", ".join(map(repr, STATED))
            raise ValueError(f"output_scale={stated!r}, expected one of {expected}")
        scale = None if stated is None else Scale(stated)
        self._known: dict[bool, Scale] = {} if scale is None else {True: scale, False: scale}
        self._tracker = _Tracker()

    def of(self, *, training: bool) -> Scale | None:
        """Return the scale in a mode, as far as it is known."""
        return self._known.get(training)

    def tracking(self, *, training: bool) -> AbstractContextManager[object]:
        """Follow the operations of a forward pass without gradients, unless the scale is known."""
        self._tracker = _Tracker()
        return nullcontext() if training in self._known else self._tracker

    def look(self, prediction: Tensor, *, training: bool) -> None:
        """See what has made a prediction, in the pass that made it."""
        if training not in self._known:
            found = _by_autograd(prediction.grad_fn) or self._tracker.of(prediction)
            if found is not None:
                self._known[training] = found

    def made_in(self, module: nn.Module | None, *, training: bool) -> None:
        """Take note of the layer that has put out the prediction as it is."""
        for kinds, scale in _MADE_IN.items():
            if isinstance(module, kinds):
                self._known.setdefault(training, scale)

    def logits(self, prediction: Tensor, task: Task, *, training: bool) -> Tensor:
        """Convert a prediction of a task, in its own shape, to logits.

        Raises:
            AmbiguousOutput: it may be either.
        """
        if not task.has_classes:
            return prediction
        scale = self._known.get(training)
        if scale is None:
            if task.may_be_probabilities(prediction):
                raise AmbiguousOutput(
                    "the outputs lie between 0 and 1 and may be logits or probabilities; pass "
                    "statistics=Statistics(output_scale='probabilities'), or 'logits'"
                )
            if prediction.numel():
                self._known[training] = Scale.LOGITS
        elif scale is Scale.PROBABILITIES:
            return task.from_probabilities(prediction)
        return prediction


def _plain(name: str) -> str:
    """`softmax` of `SoftmaxBackward0`, `aten::_softmax` or `aten::softmax_`."""
    name = re.sub(r"Backward\d*$", "", name.rpartition("::")[2])
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_")


def _by_autograd(node: Any, depth: int = 0) -> Scale | None:
    """Return the scale of a tensor with gradients, by the operations that made it."""
    if node is None or depth > DEEPEST:
        return None
    name = _plain(node.name())
    if name in _MADE_BY:
        return _MADE_BY[name]
    parents = [parent for parent, _ in node.next_functions if parent is not None]
    found = {_by_autograd(parent, depth + 1) for parent in parents}
    return _after(name, found)


def _after(name: str, found: set[Scale | None]) -> Scale | None:
    """Return the scale that an operation's result has, given that of its argument."""
    if len(found) != 1:
        return None
    (scale,) = found
    if scale is None or name in _KEPT_BY:
        return scale
    return _CHANGED_BY.get((name, scale))


class _Tracker(Watch):
    """Remembers by storage what operations have made.

    Every operation on a storage renews what is known of it, so that a storage may be freed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[int, Scale] = {}

    def __exit__(self, *args: object) -> None:
        self._made = {}
        super().__exit__(*args)  # type: ignore[no-untyped-call]

    def of(self, tensor: Tensor) -> Scale | None:
        """Return the scale of a tensor, while the pass that made it is tracked."""
        try:
            return self._made.get(_storage(tensor)) if self._made else None
        except (RuntimeError, NotImplementedError):  # a subclass without storage
            return None

    def note(self, func: Any, args: Any, kwargs: Mapping[str, Any], made: Any) -> None:
        """Note what an operation has made."""
        del kwargs
        with suppress(RuntimeError, NotImplementedError):  # of a subclass without storage
            self._note(func, args, made)

    def _note(self, func: Any, args: tuple[Any, ...], found: Any) -> None:
        outputs = [tensor for tensor in _tensors(found) if tensor.is_floating_point()]
        if not outputs:
            return
        schema = getattr(func, "_schema", None)  # which higher-order operators do not have
        name = _plain(schema.name) if schema is not None else ""
        made = _MADE_BY.get(name)
        if made is None:
            inputs = [tensor for tensor in _tensors(args) if tensor.is_floating_point()]
            made = _after(name, {self.of(tensor) for tensor in inputs})
        for tensor in outputs:
            if made is None:
                self._made.pop(_storage(tensor), None)
            else:
                self._made[_storage(tensor)] = made


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001


def _tensors(values: Any) -> Iterator[Tensor]:
    """Yield the tensors among the arguments or results of an operation."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, (tuple, list)):
        for value in values:
            yield from _tensors(value)
