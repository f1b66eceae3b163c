"""Say what a recorder records for attribution graphs, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass

from tb_plugin_neural.contract.graph_records import BASELINES, INFLUENCE

MOST_MASSES = 8

SAMPLED, TRACED = 32, 12
"""Inputs of each class; `python -m benchmarks.inputs` shows what more of them would change."""


@dataclass(frozen=True)
class Graph:
    """The options of attribution graphs; `Recorder(graph=None)` records nothing for them.

    Activation counts are recorded with the other statistics. Influence and importance are measured
    by `run` in a second pass, over a sample of its inputs that is kept for all later records.
    Dataset examples are chosen among the benign instances of the probe set.

    Attributes:
        masses: shares of a layer's activation mass: a unit counts for an input if it is among the
            fewest units that hold the share.
        influence: how the influence of units on those of later layers is measured: any of
            `contribution` (to the pre-activation, where the unit is active), `maximum` (at the
            position of its maximum) and `summit` (in how many inputs among the five strongest).
        inputs: inputs that are sampled for each class and slice; fewer where `max_bytes` of the
            recorder does not hold them. By default 32 for importance, of which influence, which
            needs fewer and costs more, is measured on the first 12.
        baseline: what a contribution compares a unit's activation with: `zero`, or `mean`, its
            mean over all positions of the inputs that are sampled.
        importance: whether gradient × activation is measured.
        work: what passes through several weighted layers, norms or attention is measured by
            ablation while that takes no more multiplications and additions than this, for a layer
            and 32 inputs; beyond it the parts on the way are multiplied.
        examples: instances kept a unit; 0 for none.
        seed: of the draw.

    Raises:
        ValueError: a value is out of its range.
        TypeError: a value is of another type.

    Example:
        >>> Graph(inputs=128, influence=("contribution",)).second_pass
        True
    """

    masses: tuple[float, ...] = (0.03,)
    influence: tuple[str, ...] = ("contribution", "summit")
    inputs: int | None = None
    baseline: str = "zero"
    importance: bool = True
    work: int = 2_000_000_000
    examples: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for name, kind in (("masses", float), ("influence", str)):
            given = getattr(self, name)
            if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
                raise TypeError(f"Graph({name}={given!r}), expected several: ({given!r},)")
            object.__setattr__(self, name, tuple(kind(value) for value in given))
        if len(set(self.masses)) < len(self.masses) or len(self.masses) > MOST_MASSES:
            raise ValueError(
                f"Graph(masses={self.masses}), expected at most {MOST_MASSES} different shares"
            )
        if any(not 0 < mass <= 1 for mass in self.masses):
            raise ValueError(f"Graph(masses={self.masses}), expected shares in (0, 1]")
        unknown = [measure for measure in self.influence if measure not in INFLUENCE]
        if unknown or len(set(self.influence)) < len(self.influence):
            names = ", ".join(map(repr, INFLUENCE))
            raise ValueError(f"Graph(influence={self.influence}), expected some of {names}")
        if self.baseline not in BASELINES:
            raise ValueError(f"Graph(baseline={self.baseline!r}), expected 'zero' or 'mean'")
        self._check_numbers()

    def _check_numbers(self) -> None:
        for name, least in (("inputs", 1), ("examples", 0), ("seed", 0), ("work", 0)):
            value = getattr(self, name)
            if name == "inputs" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"Graph({name}={value!r}), expected a whole number")
            if not least <= value < (2**63 if name == "work" else 2**32):
                raise ValueError(f"Graph({name}={value}), expected {least} or more")

    @property
    def sampled(self) -> int:
        """Return the inputs of each class and slice that importance is measured on."""
        return SAMPLED if self.inputs is None else self.inputs

    @property
    def traced(self) -> int:
        """Return those among them, the first ones, that influence is measured on."""
        return TRACED if self.inputs is None else self.inputs

    @property
    def second_pass(self) -> bool:
        """Return whether any option needs a second pass."""
        return self.importance or bool(self.influence)
