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
    output: Annotated[bool, "whether it makes the prediction"]


class Architecture(TypedDict):
    """The recorded layers, and which feeds which."""

    parameters: Annotated[int | None, "numbers in all parameters of the model"]
    layers: Annotated[list[ArchitectureLayer], "in the order of execution"]
    links: Annotated[list[Link], "producer, consumer, and how one feeds the other"]
    notes: Annotated[list[str], "what could not be traced"]


class LayerSeriesMeta(TypedDict):
    """What a series is of."""

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


ARCHITECTURE = Json(Architecture)
DEAD_UNITS = Json(DeadUnits)
LAYER_SERIES = Arrays(
    {
        "values": floats("layers steps", "the number; NaN where it is not known"),
        "noise": floats("layers steps", "what it would be on average if there were nothing to see"),
    },
    LayerSeriesMeta,
)
