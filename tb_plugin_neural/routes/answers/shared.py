"""Declare what several answers hold."""

from typing import Annotated, Literal, TypedDict

Identity = Literal["same", "weights", "matched", "none"]
LinkKind = Literal["direct", "composed", "identity", "gated", "linearised", "unmeasured"]
Link = tuple[str, str, LinkKind]
Measure = Literal["contribution", "maximum", "summit"]
Replacement = Literal["mean", "zero"]
Task = Literal["multiclass", "binary", "multilabel", "regression"]
Numbers = list[float | None]
Box = tuple[float, float, float, float]


class Problem(TypedDict):
    """A problem: what could not be recorded or read."""

    what: Annotated[str, "what it concerns"]
    count: Annotated[int, "how often"]
    message: Annotated[str, "why"]


class AtStep(TypedDict):
    """Step that the answer belongs to."""

    step: Annotated[int, "the step that was found"]
