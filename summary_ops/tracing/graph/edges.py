"""Hold what tracing finds: influence on a layer, and the part of the input it sees."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

MEASURES = ("contribution", "maximum", "summit")
"""The ways to measure influence, see `tb_plugin_neural.contract.graph_records.INFLUENCE`."""


@dataclass(frozen=True)
class Edges:
    """The influence of the layers that feed one recorded layer, the consumer, on its units.

    Columns are the units of all producers, one layer after the other.

    Attributes:
        producers: names of recorded layers, in the order of execution.
        units: number of their units.
        links: how they feed the consumer, see `graph_records.Link.kind`; the
            columns of `unmeasured` ones are 0.
        contribution: float64 `[units, columns]`, the mean over the inputs; None unless measured.
        maximum: likewise, at the position of the pre-activation's maximum.
        summit: int64 `[units, columns]`, the number of inputs in which the producer is among the
            five strongest; 0 for consumers that were not asked for.
    """

    producers: tuple[str, ...]
    units: tuple[int, ...]
    links: tuple[str, ...]
    contribution: Tensor | None = None
    maximum: Tensor | None = None
    summit: Tensor | None = None


@dataclass(frozen=True)
class ReceptiveField:
    """The part of the input that a position of a layer sees, one entry per position axis.

    Position `p` sees `[start + p * stride, start + p * stride + extent)`, cut at the input's edge.

    Attributes:
        stride, extent, start: in elements of the input.
        input_shape: lengths of the input's axes that these correspond to.
        shape: lengths of the layer's position axes.
    """

    stride: tuple[int, ...]
    extent: tuple[int, ...]
    start: tuple[int, ...]
    input_shape: tuple[int, ...]
    shape: tuple[int, ...]
