"""The probe set, where its instances stand, and maps of it."""

from typing import Annotated, TypedDict

from tb_plugin_neural.routes.answers.distributions import StepsMeta
from tb_plugin_neural.routes.answers.shared import AtStep
from tb_plugin_neural.routes.requests.declared import Arrays, Json, counts, floats


class Instance(TypedDict):
    """One input of the probe set."""

    name: Annotated[str, "for people"]
    label: Annotated[int, "index of its class, or -1"]
    pair: Annotated[int, "the benign instance that it is an altered copy of, or -1"]
    note: Annotated[str, "what was done to it"]
    slices: Annotated[list[str], "that it is in"]
    text: Annotated[str, "shown where there is no picture"]


class Instances(TypedDict):
    """The probe set."""

    hash: Annotated[str, "of the inputs' content"]
    pictured: Annotated[bool, "whether there are pictures"]
    lossless: Annotated[bool, "whether these are the inputs' exact pixels"]
    instances: Annotated[list[Instance], "in its order"]


class ActivationsMeta(TypedDict):
    """Steps of activations and of the subset that they are compared with."""

    step: Annotated[int, "of the activations"]
    subsetStep: Annotated[int, "of the subset's histograms"]
    inputs: Annotated[int, "in the subset"]
    seen: Annotated[
        list[int] | None,
        "how often each instance is among them, and left out; null if not known",
    ]


class Distance(TypedDict):
    """Divergence of an instance from a class in a layer."""

    tail: Annotated[float | None, "share of the units outside the range seen in the class"]
    surprisal: Annotated[float | None, "mean of −ln of the two-sided tail probability"]
    robustZ: Annotated[float | None, "mean of |x − median| / (1.4826 · MAD), clipped at 20"]
    inputs: Annotated[int, "of the class"]
    seen: Annotated[
        int | None, "how often the instance is among them, and left out; null if not known"
    ]


class LayerDistances(TypedDict):
    """Divergence of an instance from two classes in a layer."""

    name: Annotated[str, "of the layer"]
    predicted: Annotated[Distance | None, "from the class it is predicted as"]
    label: Annotated[Distance | None, "from its true class"]
    reason: Annotated[str | None, "why a distance is missing"]


class InstanceDivergence(TypedDict):
    """Divergence of an instance from two classes, in all layers."""

    instance: Annotated[int, "number in the probe set"]
    predicted: Annotated[int, "index of a class"]
    label: Annotated[int, "index of a class, or -1"]
    maxSoftmax: Annotated[float | None, "probability of the predicted class"]
    layers: Annotated[list[LayerDistances], "with activations of the probe set at this step"]


class NeuralDivergence(TypedDict):
    """Divergence of instances from the class they are predicted as, and from their own."""

    step: Annotated[int, "of the predictions that were found"]
    instances: Annotated[list[InstanceDivergence], "in the order asked for"]


class ThumbnailsMeta(TypedDict):
    """Range of the pictures."""

    hash: Annotated[str, "of the probe set"]
    first: Annotated[int, "instance"]
    instances: Annotated[int, "in the whole probe set"]


class ProjectionMeta(TypedDict):
    """Method and parameters of maps."""

    step: Annotated[int, "the one found: the nearest earlier one, else the first"]
    hash: Annotated[str | None, "of the probe set"]
    metric: Annotated[str | None, "`euclidean` or `cosine`"]
    layers: Annotated[list[str], "in the order of execution"]
    method: Annotated[list[str], "one a layer"]
    anchored: Annotated[bool, "whether another run is the frame of reference"]
    reason: Annotated[str | None, "why it is not"]


class TrailMeta(StepsMeta):
    """Method of a trail."""

    method: Annotated[str, "of the maps"]


class NearestInstance(TypedDict):
    """A neighbour."""

    instance: Annotated[int, "number in the probe set"]
    distance: Annotated[float | None, "of full activations"]


class NearestInstances(TypedDict):
    """An instance's neighbours."""

    step: Annotated[int, "the step that was found"]
    metric: Annotated[str, "`euclidean` or `cosine`"]
    neighbours: Annotated[list[NearestInstance], "nearest first"]


class SaliencyMeta(TypedDict):
    """Method and parameters of saliency maps."""

    step: Annotated[int, "the step that was found"]
    method: Annotated[str, "`occlusion` or `integrated_gradients`"]
    parameters: Annotated[str, "of the method, for people"]
    target: Annotated[int, "index of the class whose logit is explained"]


INSTANCES = Json(Instances)
NEURAL_DIVERGENCE = Json(NeuralDivergence)
NEIGHBOURS = Json(NearestInstances)
PREDICTIONS = Arrays(
    {
        "top": counts("instances k", "the most probable classes, best first"),
        "probability": floats("instances k", "of these"),
        "label_probability": floats("instances", "of the true class, NaN when unlabelled"),
        "energy": floats("instances", "logsumexp of the logits"),
        "margin": floats("instances", "difference of the two largest logits"),
        "outputs": floats("instances outputs", "regression: raw; multilabel: probabilities"),
    },
    AtStep,
)
ACTIVATIONS = Arrays(
    {
        "values": floats("instances units", "pooled activations"),
        "percentile": floats("instances units", "mid-rank in the subset, 0 to 1; NaN if unknown"),
        "robust_z": floats("instances units", "in robust deviations from its median, likewise"),
    },
    ActivationsMeta,
)
THUMBNAILS = Arrays(
    {
        "bytes": counts("bytes", "the pictures, one behind the other; an empty one is missing"),
        "offset": counts("offsets", "where each begins, and where the last one ends"),
    },
    ThumbnailsMeta,
)
SALIENCY = Arrays(
    {"values": floats("height width", "what each pixel adds to the target's logit")}, SaliencyMeta
)
PROJECTION = Arrays(
    {
        "xy": floats("layers instances 2", "where instances lie; NaN for one without a place"),
        "instance": counts("instances", "their numbers, rising"),
        "pivot": counts("pivots", "instances that are pivots"),
        "radius": floats("layers", "by what distances of the layer were divided"),
        "stress": floats(
            "layers", "stress-1 of the distances to the pivots, best scale; NaN where none are"
        ),
        "trustworthiness": floats(
            "layers", "of the map of the whole probe set; NaN where not recorded, or not whole"
        ),
        "continuity": floats("layers", "likewise"),
        "preservation": floats("layers", "likewise, of the nearest neighbours"),
        "mirrored": counts("layers", "whether the map was mirrored to lie so"),
        "residual": floats(
            "layers",
            "root mean square distance, in radii, to what it was turned to lie as; NaN for the "
            "first layer of the whole probe set",
        ),
        "spread": floats(
            "layers", "(λ₂ − λ₃) / λ₂ of the scaling: near 0 the second axis is arbitrary"
        ),
    },
    ProjectionMeta,
)
TRAIL = Arrays(
    {
        "xy": floats("steps instances 2", "where instances lie, in the frame of `/projection`"),
        "instance": counts("instances", "their numbers, rising"),
    },
    TrailMeta,
)
