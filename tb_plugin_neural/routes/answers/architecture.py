"""Declare the answers about layers' links and their health."""

from typing import Annotated, Literal, TypedDict

from tb_plugin_neural.routes.answers.shared import Link
from tb_plugin_neural.routes.requests.declared import Arrays, Json, floats


class ArchitectureLayer(TypedDict):
    """A recorded layer."""

    name: Annotated[str, "qualified name of the module"]
    type: Annotated[str, "class of the module"]
    units: Annotated[int, "number of its units"]
    shape: Annotated[list[int] | None, "of its output for one input, -1 where a length varies"]
    parameters: Annotated[int | None, "numbers in the module's parameters"]
    weights: Annotated[
        int | None,
        "numbers in all parameters between the recorded layers before and this one, its own "
        "included, each counted once in a model; `null` where the model was not traced",
    ]
    output: Annotated[bool, "whether it makes the prediction"]


class Architecture(TypedDict):
    """The recorded layers, and which feeds which."""

    parameters: Annotated[int | None, "numbers in all parameters of the model"]
    layers: Annotated[list[ArchitectureLayer], "in the order of execution"]
    links: Annotated[list[Link], "producer, consumer, and how one feeds the other"]
    notes: Annotated[list[str], "what could not be traced"]


class LayerSeriesMeta(TypedDict):
    """Statistic, steps and layers of a series."""

    of: Annotated[Literal["dead", "separability", "change", "divergence"], "as asked"]
    since: Annotated[int | None, "the step that change is counted from"]
    layers: Annotated[list[str], "in the order asked for"]
    steps: Annotated[list[int], "rising"]


class DeadUnits(TypedDict):
    """Units of a layer that are 0 on every input."""

    step: Annotated[int, "the one asked for, or the nearest before"]
    inputs: Annotated[int, "inputs of that record"]
    units: Annotated[list[int], "dead at the step, rising"]
    first: Annotated[int, "the first recorded step"]
    before: Annotated[list[int], "dead at the first recorded step, rising"]


class UnitsInState(TypedDict):
    """Units of a layer that do nothing, or nothing of their own; each is in one state at most."""

    state: Annotated[
        Literal["nonfinite", "dead", "constant", "saturated", "duplicate", "dormant"],
        "by the conventions of [findings](findings.md#when-a-unit-is-dead)",
    ]
    count: Annotated[int, "how many there are"]
    units: Annotated[list[int], "their numbers, at most 50"]


class LayerHealth(TypedDict):
    """Health of a layer."""

    name: Annotated[str, "qualified name of the module"]
    type: Annotated[str, "class of the module"]
    output: Annotated[bool, "whether it makes the prediction"]
    units: Annotated[int, "number of its units"]
    states: Annotated[list[UnitsInState], "all states, also those of no unit"]
    change: Annotated[float | None, "since the record before, as of `/layer_series`"]
    changeNoise: Annotated[float | None, "what it would be between two samples"]
    separability: Annotated[float | None, "as of `/layer_series`"]
    separabilityNoise: Annotated[float | None, "what it would be by chance"]


class Health(TypedDict):
    """Health of every layer at a step."""

    step: Annotated[int, "the step that was found"]
    since: Annotated[int | None, "the record before; `null` where there is none"]
    inputs: Annotated[int, "of that step"]
    layers: Annotated[list[LayerHealth], "in the order of execution"]


ARCHITECTURE = Json(Architecture)
DEAD_UNITS = Json(DeadUnits)
HEALTH = Json(Health)
LAYER_SERIES = Arrays(
    {
        "values": floats("layers steps", "the number; NaN where it is not known"),
        "noise": floats("layers steps", "what it would be on average if there were nothing to see"),
    },
    LayerSeriesMeta,
)
