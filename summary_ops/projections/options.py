"""Say what a recorder records for maps of the probe set, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass

from tb_plugin_neural.contract.projection_records import METRICS, MOST


@dataclass(frozen=True)
class Projection:
    """The options of maps of the probe set; `Recorder(projection=None)` records nothing.

    Distances are between the full activations of a layer, positions included.

    Attributes:
        pivots: instances of the probe set whose distances to all others are kept; fewer where
            fewer inputs differ.
        neighbours: nearest instances kept of every instance; 0 for none.
        metric: `euclidean` or `cosine`.
        seed: of the choice of the pivots.

    Raises:
        ValueError: a value is out of its range.
        TypeError: a value is of another type.

    Example:
        >>> Projection(pivots=64, metric="cosine").neighbours
        15
    """

    pivots: int = 32
    neighbours: int = 15
    metric: str = "euclidean"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("pivots", 1), ("neighbours", 0), ("seed", 0)):
            value, most = getattr(self, name), MOST.get(name, 2**32 - 1)
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"Projection({name}={value!r}), expected a whole number")
            if not least <= value <= most:
                raise ValueError(f"Projection({name}={value}), expected {least} to {most}")
        if self.metric not in METRICS:
            names = ", ".join(map(repr, METRICS))
            raise ValueError(f"Projection(metric={self.metric!r}), expected one of {names}")
