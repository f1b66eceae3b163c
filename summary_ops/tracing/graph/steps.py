"""Describe how a value was made, as units see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operand:
    """An argument that passes its units on.

    Attributes:
        value: which.
        gated: it only multiplies what is the other factor's.
        linearised: it is multiplied by something that depends on units itself.
    """

    value: int
    gated: bool = False
    linearised: bool = False

    def after(self, other: Operand) -> Operand:
        """Return the same after what happens later on the path."""
        gated, linearised = self.gated or other.gated, self.linearised or other.linearised
        return Operand(self.value, gated, linearised)


@dataclass(frozen=True)
class Step:
    """The operation that made a value, as units see it.

    Attributes:
        op: the operation's index.
        kind: `mark`, `mix` (a weighted sum over units), `nonlinear` or `move` (anything else).
        through: the arguments that pass units on; the others are constants.
        rectifies: only the positive part passes.
    """

    op: int
    kind: str
    operands: tuple[Operand, ...]
    rectifies: bool = False
