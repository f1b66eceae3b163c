"""Remember what is known of the axes of a network's layers between forward passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from summary_ops.network.layouts.folding import Folding, Verdict

Family = tuple[str, int]
"""A layer, and the number of axes of its output."""

ADVICE = (
    "pass statistics=Statistics(batch_axis={layer: axis}), or groups= where several rows are of "
    "one input"
)


class LeftOut(ValueError):
    """An output is not recorded, because it is not established which axis holds the inputs."""


class Contradiction(LeftOut):
    """An output contradicts what earlier passes have shown of its layer."""


@dataclass(eq=False)
class KnownLayouts:
    """Batch axes by what settled them.

    Attributes:
        stated: by the user: that of the model's own inputs, or those of layers by name.
        input_axis: the axis that the model's own inputs are batched on; None until it is known.
        by_length: the only axis that was as long as the batch. It holds until it is contradicted.
        weak: those of `by_length` where another axis may hold several parts of each input.
        by_value: what a comparison of values has shown.
        by_groups: layers whose rows are those of `groups`.
        tokens: whether a layer's positions are the tokens of the model's first input.
        masked: layers that a token mask was laid on, as they have as many positions.
        counted: layers that something was counted of.
        excluded: layers that contradicted their axes, and how. They are recorded no more.
    """

    stated: int | Mapping[str, int] | None = None
    input_axis: int | None = None
    by_length: dict[Family, int] = field(default_factory=dict)
    weak: set[Family] = field(default_factory=set)
    by_value: dict[Family, Verdict] = field(default_factory=dict)
    by_groups: set[Family] = field(default_factory=set)
    tokens: dict[Family, bool] = field(default_factory=dict)
    masked: set[Family] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    excluded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.stated, int):
            self.input_axis = self.stated

    @property
    def state(self) -> tuple[object, ...]:
        """Changes when something is learned by comparing values."""
        return dict(self.by_value), dict(self.tokens), dict(self.excluded)

    def of_layer(self, name: str, axes: int) -> int | None:
        """Return the axis that the user states for a layer's outputs with `axes` axes."""
        if isinstance(self.stated, Mapping) and name in self.stated:
            return self.stated[name] % axes
        return None

    def folding(
        self, family: Family, shape: torch.Size, fits: list[int], inputs: int
    ) -> Folding | None:
        """Return what earlier passes have shown; None if nothing.

        Args:
            family: the layer and number of axes of its output.
            shape: of the output.
            fits: the axes that are as long as the batch and may hold it.
            inputs: number of inputs.

        Raises:
            LeftOut: they have shown that no axis holds the inputs, or this output contradicts them.
        """
        verdict = self.by_value.get(family)
        if verdict is not None:
            if verdict.folding is None:
                raise LeftOut(f"output of shape {list(shape)}: {verdict.reason}; {ADVICE}")
            axis, length = verdict.folding.axis, shape[verdict.folding.axis]
            if length == inputs or (inputs and length and length % inputs == 0):
                return verdict.folding
        elif family in self.by_length:
            axis = self.by_length[family]
            if axis in fits:
                return Folding(axis)
        else:
            return None
        raise Contradiction(
            f"axis {axis} of its output held the inputs of earlier batches, but is {shape[axis]} "
            f"long in a batch of {inputs}; what was counted before is removed; {ADVICE}"
        )

    def settle_by_length(self, family: Family, axis: int, *, weak: bool) -> None:
        """Take in that a single axis was as long as the batch, see `by_length` and `weak`."""
        self.by_length[family] = axis
        if weak:
            self.weak.add(family)

    def judge(self, family: Family, verdict: Verdict) -> None:
        """Take in what comparing values has shown of a layer."""
        if not verdict.final:
            return
        self.by_value[family] = verdict
        taken, found = self.by_length.pop(family, None), verdict.folding
        wrong = taken is not None and (found is None or found.axis != taken)
        if wrong and family[0] in self.counted:
            reason = verdict.reason or f"its inputs are on axis {found and found.axis}"
            self.excluded[family[0]] = f"{reason}; what was counted before is removed; {ADVICE}"
