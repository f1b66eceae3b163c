"""Attribution graphs, their units, classes and pictures."""

from typing import Annotated, Literal, TypedDict

from tb_plugin_neural.routes.answers.shared import (
    Box,
    Identity,
    LinkKind,
    Measure,
    Numbers,
    Replacement,
)
from tb_plugin_neural.routes.requests.declared import Arrays, Json, counts, floats

Side = Literal["A", "both", "B"]


class GraphSubject(TypedDict):
    """A subject as it was found."""

    run: Annotated[str, "as asked"]
    model: Annotated[str, "as asked"]
    step: Annotated[int, "the one found"]
    subset: Annotated[str, "as asked"]
    inputs: Annotated[int, "in the subset"]
    sampled: Annotated[int, "of these, that influence was measured on"]
    few: Annotated[bool, "below 20 inputs"]
    identity: Annotated[Identity, "by what B's units correspond to A's"]
    reason: Annotated[str | None, "why `identity` is `none`"]
    instances: Annotated[int | None, "of the probe set, by which units are `matched`"]
    threshold: Annotated[float | None, "correlation from which they are"]


class GraphLayer(TypedDict):
    """A row of the graph."""

    name: Annotated[str, "of the layer"]
    type: Annotated[str, "class of the module"]
    units: Annotated[int, "of the layer"]
    negative: Annotated[float | None, "share of the absolute activation mass that is negative"]
    of: Annotated[str, "what its mass is of"]
    inner: Annotated[list[str], "layers that the row stands for"]
    output: Annotated[bool, "whether it makes the prediction"]


class FacetPlace(TypedDict):
    """Position of a unit's pictures in `/facet_atlas`."""

    id: Annotated[str, "of the atlas"]
    tile: Annotated[int, "the first"]
    count: Annotated[int, "how many there are"]


class GraphNode(TypedDict):
    """A unit that is shown."""

    layer: Annotated[int, "place among the layers"]
    unit: Annotated[int, "A's number of it; B's, of one that only B has"]
    other: Annotated[int | None, "B's number of it"]
    matched: Annotated[bool, "whether all networks that are shown have it"]
    side: Annotated[Side, "whose graph it is in"]
    decided: Annotated[bool, "whether other inputs would very likely say the same of the sides"]
    rank: Annotated[Numbers, "personalized PageRank"]
    score: Annotated[Numbers, "what it was chosen by"]
    count: Annotated[Numbers, "inputs in which it is in the top mass"]
    share: Annotated[Numbers, "`count` over the subset's inputs"]
    shareLow: Annotated[Numbers, "lower end of its 95 % interval"]
    shareHigh: Annotated[Numbers, "upper end"]
    importance: Annotated[Numbers, "estimated fall of the class's output without it"]
    importanceError: Annotated[Numbers, "standard error of the importance, by the inputs sampled"]
    lift: Annotated[Numbers, "rank over its mean over the classes"]
    examples: Annotated[
        list[tuple[int, float, float, float, float]],
        "instance, then top, left, bottom, right as shares of the input's height and width",
    ]
    facet: Annotated[FacetPlace | None, "its feature visualizations"]
    name: Annotated[str | None, "that it was given"]


GraphEdge = TypedDict(
    "GraphEdge",
    {
        "from": Annotated[int, "place of the producer among the nodes"],
        "to": Annotated[int, "of the consumer"],
        "side": Annotated[Side, "whose graph it is in"],
        "weight": Annotated[Numbers, "signed share of the consumer's absolute influence"],
        "kind": Annotated[LinkKind, "how one feeds the other"],
        "decided": Annotated[bool, "whether other inputs would very likely say the same"],
    },
)
GraphEdge.__doc__ = "One unit feeds another."


class GraphWays(TypedDict):
    """Measures, shares and conventions that can be requested."""

    masses: Annotated[list[float], "shares of the activation mass"]
    of: Annotated[list[str], "what the mass is of"]
    measures: Annotated[list[Measure], "of influence"]


class Graph(TypedDict):
    """The units that matter for one subset, or for two, and how they feed each other."""

    subjects: Annotated[list[GraphSubject], "in the order asked for"]
    measure: Annotated[Measure | None, "`null` where no influence is recorded"]
    baseline: Annotated[Replacement | None, "what contributions compare activations with"]
    mass: Annotated[float | None, "share that counts"]
    of: Annotated[str, "what the mass is of"]
    retained: Annotated[Numbers, "share of the score that the units kept hold"]
    relaxed: Annotated[int, "how often more was kept so that no layer is cut off"]
    ranking: Annotated[Literal["importance", "pagerank", "lift"], "what A's units were chosen by"]
    lift: Annotated[bool, "whether units were kept by rank × lift"]
    directed: Annotated[bool, "whether rank follows edges from consumers to producers only"]
    layers: Annotated[list[GraphLayer], "input side first"]
    nodes: Annotated[list[GraphNode], "layer by layer"]
    edges: Annotated[list[GraphEdge], "of each consumer the 8 strongest"]
    notes: Annotated[list[str], "what is missing, and what stands for it"]
    options: Annotated[GraphWays, "what may be asked for"]


class SimilarityMeta(TypedDict):
    """Step, layer and reference of similarities."""

    layer: Annotated[str, "as asked"]
    step: Annotated[int, "the step that was found"]
    rows: Annotated[list[str], "keys of the classes"]


class EmbeddingMeta(TypedDict):
    """Method and parameters of the class maps."""

    step: Annotated[int, "the step that was found"]
    layers: Annotated[list[str], "in the order of execution"]
    rows: Annotated[list[str], "keys of the classes"]
    method: Annotated[list[str], "one a layer: as recorded (`umap`), else `mds`"]
    leftOut: Annotated[list[str], "classes that are not placed"]
    reason: Annotated[str | None, "why there is no map"]


class Neighbour(TypedDict):
    """A unit that feeds another, or is fed by it."""

    layer: Annotated[str, "of the unit"]
    unit: Annotated[int, "its number"]
    weight: Annotated[float | None, "as of a graph's edge"]
    kind: Annotated[LinkKind, "how one feeds the other"]
    kept: Annotated[float | None, "recorded share of the consumer's absolute influence"]


class InfluenceHistory(TypedDict):
    """Weights over steps."""

    producers: Annotated[list[Numbers], "a row for each, a value a step"]
    consumers: Annotated[list[Numbers], "likewise"]


class Influence(TypedDict):
    """Strongest producers and consumers of a unit."""

    step: Annotated[int, "the step that was found"]
    measure: Annotated[Measure | None, "`null` where no influence is recorded"]
    baseline: Annotated[Replacement | None, "what contributions compare activations with"]
    subset: Annotated[str, "whose influence it is"]
    inputs: Annotated[int, "that it was measured on"]
    producers: Annotated[list[Neighbour], "the 8 strongest"]
    consumers: Annotated[list[Neighbour], "likewise"]
    steps: Annotated[list[int], "of `history`, at most 500"]
    history: Annotated[InfluenceHistory, "of those listed"]


class Served(TypedDict):
    """A class that activates a unit."""

    subset: Annotated[str, "its key"]
    inputs: Annotated[int, "of the class"]
    count: Annotated[int, "of these, with the unit in the top mass"]
    share: Annotated[float | None, "`count` over `inputs`"]
    shareLow: Annotated[float | None, "lower end of its 95 % interval"]
    shareHigh: Annotated[float | None, "upper end"]
    importance: Annotated[float | None, "of the unit for the class"]
    importanceError: Annotated[float | None, "its standard error, by the inputs sampled"]
    lift: Annotated[float | None, "share over its mean over classes"]
    liftLow: Annotated[float | None, "lower end of its interval, which holds 95 % or more"]
    liftHigh: Annotated[float | None, "upper end"]


class ServedHistory(TypedDict):
    """A unit's importance and activation for a subset, over the steps."""

    steps: Annotated[list[int], "rising, at most 500"]
    share: Annotated[Numbers, "a value a step"]
    importance: Annotated[Numbers, "a value a step"]


class Serves(TypedDict):
    """The classes that activate a unit."""

    step: Annotated[int, "the step that was found"]
    classes: Annotated[list[Served], "by lift × share, at most 100"]
    left: Annotated[int, "classes that there are besides"]
    history: Annotated[ServedHistory | None, "of the subject's subset, where one is given"]


class Example(TypedDict):
    """An instance that excites a unit."""

    instance: Annotated[int, "number in the probe set"]
    value: Annotated[float | None, "pooled activation, `null` where none is recorded there"]
    box: Annotated[Box, "top, left, bottom, right as shares of the input's height and width"]
    position: Annotated[list[int], "of the maximum, an axis each"]


class Examples(TypedDict):
    """The instances of the probe set that excite a unit most."""

    step: Annotated[int, "the step that was found"]
    hash: Annotated[str, "of the probe set"]
    examples: Annotated[list[Example], "best first"]


class Atlas(TypedDict):
    """Feature visualizations of a layer, in one picture."""

    id: Annotated[str, "for `/facet_atlas`"]
    step: Annotated[int, "of the record"]
    tile: Annotated[int, "side of a tile in pixels"]
    columns: Annotated[int, "tiles a row"]
    perUnit: Annotated[int, "tiles a unit"]
    units: Annotated[list[int], "in the order of their tiles"]


class Facets(TypedDict):
    """The atlases of all layers."""

    layers: Annotated[dict[str, list[Atlas]], "by layer; nearest to the step first, at most 64"]


GRAPH = Json(Graph)
SIMILARITY = Arrays(
    {
        "similarity": floats("rows", "cosine of activation counts; 0 for a class without inputs"),
        "low": floats("rows", "lower end of its interval, which holds 95 % or more"),
        "high": floats("rows", "upper end"),
    },
    SimilarityMeta,
)
EMBEDDING = Arrays(
    {
        "xy": floats("layers rows 2", "where the classes lie"),
        "inputs": counts("rows", "of each class"),
    },
    EmbeddingMeta,
)
INFLUENCE = Json(Influence)
SERVES = Json(Serves)
NAMES = Json(dict[str, dict[str, str]])
EXAMPLES = Json(Examples)
FACETS = Json(Facets)
