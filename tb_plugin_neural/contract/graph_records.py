"""The records that attribution graphs are made of.

Axes: `S` subsets, `U` units, `M` ways of counting, `E` consumers (a unit for a subset), `K` the
strongest producers of one, or instances; `D` position axes; `N` inputs; `F` units with pictures,
`Q` pictures a unit; `A` two axes of a map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from tb_plugin_neural.contract.codec import DamagedRecord
from tb_plugin_neural.contract.record import (
    COUNTS,
    Array,
    Record,
    array,
    check_indices,
    check_named,
    entries,
    integer,
    integers,
    json_field,
    number,
    numbers,
    several,
    text,
    texts,
)

LINKS = ("direct", "composed", "identity", "gated", "linearised", "unmeasured")
"""How a layer feeds another, see `Link`."""

BASELINES = ("zero", "mean")
"""What contributions may compare a unit's activation with."""

VARIES = -1
"""Length of an axis of a shape that differs from input to input."""

MOST_WEIGHTS = 2**23
"""Rows times producers of influence on a layer."""

SHARES = 255
"""Level of a share of 1 in `Influence.kept`."""


@dataclass(frozen=True)
class Link:
    """A link from one recorded layer to another.

    Attributes:
        producer, consumer: names of recorded layers.
        kind: `direct`, one weighted layer between them; `composed`, several; `identity`, unit to
            unit without weights (a residual connection, a concatenation); `gated`, multiplied by
            the producer; `linearised`, through an operation that is linear to first order only
            (attention, normalization); `unmeasured`, a way of which no influence is known: the same
            layers may be linked by others as well.
        via: what lies between, in order: names of modules, or of operations.
    """

    producer: str
    consumer: str
    kind: str
    via: tuple[str, ...] = ()

    @classmethod
    def parse(cls, value: Any) -> Link:
        """Read a link out of JSON, or raise TypeError, ValueError or KeyError."""
        value = entries(value, "a link")
        if value["kind"] not in LINKS:
            raise ValueError(f"unknown kind of link {value['kind']!r}")
        return cls(
            text(value["producer"]), text(value["consumer"]), value["kind"], texts(value["via"])
        )


@dataclass(frozen=True)
class LayerShape:
    """Size of a recorded layer.

    Attributes:
        name: the layer.
        shape: of its output for one input, without the batch axis; `VARIES` where it differs.
        parameters: numbers in the module's parameters, those of modules within it included.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int

    @classmethod
    def parse(cls, value: Any) -> LayerShape:
        """Read a shape out of JSON, or raise TypeError, ValueError or KeyError."""
        value = entries(value, "a layer's shape")
        return cls(text(value["name"]), integers(value["shape"]), integer(value["parameters"]))


@dataclass(frozen=True)
class Architecture(Record):
    """The sizes of the model and its recorded layers.

    Attributes:
        layers: in the order of execution.
        parameters: numbers in all parameters of the model, shared ones once.
    """

    kind: ClassVar[str] = "architecture"

    layers: tuple[LayerShape, ...] = json_field(several(LayerShape.parse))
    parameters: int = json_field(integer)


@dataclass(frozen=True)
class LayerWeights:
    """Number of the parameters that feed a recorded layer.

    Attributes:
        name: the layer.
        parameters: numbers in all parameters on the way from the recorded layers before, the
            layer's own included; those that reach several layers count for the first only.
    """

    name: str
    parameters: int

    @classmethod
    def parse(cls, value: Any) -> LayerWeights:
        """Read it out of JSON, or raise TypeError, ValueError or KeyError."""
        value = entries(value, "a layer's weights")
        return cls(text(value["name"]), integer(value["parameters"]))


@dataclass(frozen=True)
class Topology(Record):
    """The links between recorded layers.

    Attributes:
        links: in the order of execution of their consumers.
        notes: sentences that say what could not be traced.
        weights: of the traced layers, in the order of execution; empty where not recorded.
    """

    kind: ClassVar[str] = "topology"

    links: tuple[Link, ...] = json_field(several(Link.parse))
    notes: tuple[str, ...] = json_field(texts)
    weights: tuple[LayerWeights, ...] = json_field(several(LayerWeights.parse), default=())


@dataclass(frozen=True)
class ActivationCounts(Record):
    """The number of inputs in which a unit is among those that hold a share of activation mass.

    Summit's activation aggregation (Hohman et al. 2019, section 6.1), for one layer.

    Attributes:
        masses: the share of the mass, one a way of counting.
        of: what the mass is of, likewise: `activation`, its positive part; or `deviation`, the
            distance |activation − center|.
        negative: share of the absolute activation mass that is negative.
        center: the activation that a deviation is measured from; 0 where none is counted.
    """

    kind: ClassVar[str] = "activation_counts"

    mode: str = json_field(text)
    subsets: tuple[str, ...] = json_field(texts)
    masses: tuple[float, ...] = json_field(numbers)
    of: tuple[str, ...] = json_field(texts)
    negative: float = json_field(number)
    inputs: Array = array("S", COUNTS)
    counts: Array = array("M S U", COUNTS)
    center: Array = array("U", "float32")

    def _check(self, lengths: Mapping[str, int]) -> None:
        check_named("subsets", self.subsets, lengths["S"])
        if not len(self.masses) == len(self.of) == lengths["M"]:
            raise DamagedRecord(
                f"{len(self.masses)} masses of {len(self.of)}, {lengths['M']} counted"
            )


def _baseline(value: Any) -> str:
    """Read a baseline out of JSON, or raise TypeError or ValueError."""
    if text(value) not in BASELINES:
        raise ValueError(f"unknown baseline {value!r}")
    return text(value)


@dataclass(frozen=True)
class _Influence(Record):
    """The influence on the units of one layer, the consumer, of the layers that feed it.

    Row `e` is about unit `unit[e]` for the inputs of subset `subset[e]`. Its strongest producers
    are `producer[e]`: a unit's place when the units of all `producers` are counted through, layer
    after layer; as many as all have together stands for none.

    Attributes:
        subsets: keys that `subset` refers to.
        inputs: inputs of each subset that were sampled.
        producers: names of the layers that feed this one; one that does so both unit by unit and
            through weights stands twice.
        units: number of their units.
        links: how they feed it, see `Link.kind`.
        kept: of the absolute influence of all producers the share that is kept, in 255ths.
    """

    subsets: tuple[str, ...] = json_field(texts)
    producers: tuple[str, ...] = json_field(texts)
    units: tuple[int, ...] = json_field(integers)
    links: tuple[str, ...] = json_field(texts)
    inputs: Array = array("S", COUNTS)
    subset: Array = array("E", COUNTS)
    unit: Array = array("E", COUNTS)
    producer: Array = array("E K", COUNTS)
    kept: Array = array("E", "uint8")

    def _check(self, lengths: Mapping[str, int]) -> None:
        check_named("subsets", self.subsets, lengths["S"])
        if (weights := lengths["E"] * lengths["K"]) > MOST_WEIGHTS:
            raise DamagedRecord(f"{weights} weights, expected at most {MOST_WEIGHTS}")
        if not len(self.producers) == len(self.units) == len(self.links):
            raise DamagedRecord("producers, their units and links differ in number")
        if any(link not in LINKS for link in self.links) or any(n < 0 for n in self.units):
            raise DamagedRecord("an unknown kind of link, or a negative number of units")
        check_indices("subset", self.subset, lengths["S"])
        check_indices("producer", self.producer, sum(self.units) + 1)


@dataclass(frozen=True)
class Contributions(_Influence):
    """Contributions to a unit's pre-activation where it is active, averaged over positions.

    Over all producers, and with the bias, they sum to the mean of the rectified pre-activation (of
    the pre-activation, where nothing rectifies it). The value is `level * scale[:, None]`.

    Attributes:
        baseline: what activations are compared with, `zero` or `mean`.
        error: standard error of the kept producers' shares of the absolute influence, by the inputs
            sampled: their root mean square, a consumer. NaN, or absent, where it is not known.
    """

    kind: ClassVar[str] = "contributions"

    level: Array = array("E K", "int8")
    scale: Array = array("E", "float32")
    baseline: str = json_field(_baseline, "zero")
    error: Array | None = array("E", "float16", optional=True)

    def weights(self) -> Array:
        """Contribution a kept producer, float32 `[E, K]`, the mean over the subset's inputs."""
        return np.asarray(self.level * self.scale[:, None], dtype=np.float32)


@dataclass(frozen=True)
class MaximumContributions(Contributions):
    """Contributions to a unit's pre-activation at the position of its maximum."""

    kind: ClassVar[str] = "maximum_contributions"


@dataclass(frozen=True)
class SummitInfluence(_Influence):
    """The number of inputs in which a producer is among the five strongest of a unit.

    Summit's neuron-influence aggregation (Hohman et al. 2019, section 6.2): strength is the maximum
    over positions of the convolution of the producer's channel alone. Where several layers lie
    between, the widest path counts: the largest over paths of the smallest count on them.
    """

    kind: ClassVar[str] = "summit_influence"

    count: Array = array("E K", COUNTS)

    def weights(self) -> Array:
        """Share of the subset's sampled inputs, float32 `[E, K]`."""
        inputs = np.maximum(self.inputs[self.subset.astype(np.intp)], 1)
        return np.asarray(self.count / inputs[:, None], dtype=np.float32)


@dataclass(frozen=True)
class Importance(Record):
    """The fall of a subset's own output when a unit is replaced by its mean.

    Σ over positions of gradient × (activation − mean), and half of what the gradient changes by on
    the way to the mean where that was measured, averaged over the subset's inputs; the output is
    the logit of the input's class. The value is `level * scale[:, None]`, its standard error by the
    inputs that were sampled `error * scale[:, None]`.
    """

    kind: ClassVar[str] = "importance"

    subsets: tuple[str, ...] = json_field(texts)
    inputs: Array = array("S", COUNTS)
    level: Array = array("S U", "float16")
    scale: Array = array("S", "float32")
    error: Array | None = array("S U", "float16", optional=True)

    def _check(self, lengths: Mapping[str, int]) -> None:
        check_named("subsets", self.subsets, lengths["S"])

    def values(self) -> Array:
        """Return importance, float32 `[S, U]`."""
        return self.level.astype(np.float32) * self.scale[:, None]

    def errors(self) -> Array:
        """Return standard errors, float32 `[S, U]`; NaN where they are not known."""
        if self.error is None:
            return np.full(self.level.shape, np.nan, np.float32)
        return self.error.astype(np.float32) * self.scale[:, None]


@dataclass(frozen=True)
class InfluenceSample(Record):
    """The inputs that influence and importance are measured on; again when subsets are added.

    Attributes:
        subsets: keys that `subset` refers to.
        seed: of the draw.
        subset: the subset that the input was drawn for.
        input: the input's place in the first pass that had the subset.
    """

    kind: ClassVar[str] = "influence_sample"

    subsets: tuple[str, ...] = json_field(texts)
    seed: int = json_field(integer)
    subset: Array = array("N", COUNTS)
    input: Array = array("N", COUNTS)


@dataclass(frozen=True)
class Examples(Record):
    """The instances of the probe set that excite each unit of a layer most, and where.

    Attributes:
        probe: hash of the probe set.
        shape: lengths of the layer's position axes; empty for a layer without positions.
        input_shape: lengths of the input's axes that these correspond to (height, width; tokens).
        stride, extent, start: the receptive field a position axis, in input elements: position `p`
            sees `[start + p * stride, start + p * stride + extent)`, cut at the input's edge.
            Empty: every position sees the whole input.
        instance: best first; as many as the probe set has stands for none: an instance on which
            the unit is no larger than on every other is no example of it.
        position: of the maximum, an axis each.
    """

    kind: ClassVar[str] = "examples"

    probe: str = json_field(text)
    shape: tuple[int, ...] = json_field(integers)
    input_shape: tuple[int, ...] = json_field(integers)
    stride: tuple[int, ...] = json_field(integers)
    extent: tuple[int, ...] = json_field(integers)
    start: tuple[int, ...] = json_field(integers)
    instance: Array = array("U K", COUNTS)
    position: Array = array("U K D", COUNTS)

    def _check(self, lengths: Mapping[str, int]) -> None:
        if len(self.shape) != lengths["D"]:
            raise DamagedRecord(f"{len(self.shape)} axes, positions of {lengths['D']}")
        fields = {len(self.stride), len(self.extent), len(self.start)}
        if fields not in ({0}, {lengths["D"]}):
            raise DamagedRecord(f"a receptive field of {fields} axes, {lengths['D']} expected")
        if fields == {lengths["D"]} and len(self.input_shape) != lengths["D"]:
            raise DamagedRecord(f"an input of {len(self.input_shape)} axes")


@dataclass(frozen=True)
class FeatureVisualization(Record):
    """Pictures that excite units of a layer (Olah et al. 2017); the second blob is the atlas.

    The atlas is one WebP or PNG picture of square tiles, `columns` a row, in reading order: all
    pictures of the first unit, then of the second, ….

    Attributes:
        tile: side of a tile in pixels.
        columns: tiles a row.
        units: units of the layer that have pictures.
        activation: of each unit on each of its pictures, its mean over positions.
        probe_maximum: the largest such mean on the probe set, NaN without one.
    """

    kind: ClassVar[str] = "feature_visualization"

    tile: int = json_field(integer)
    columns: int = json_field(integer)
    units: Array = array("F", COUNTS)
    activation: Array = array("F Q", "float32")
    probe_maximum: Array = array("F", "float32")
    pictures: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class ClassEmbedding(Record):
    """A map of the classes by their activation counts in a layer.

    Attributes:
        method: `umap`, with its parameters in `parameters`.
        left_out: classes with too few inputs.
        inputs: of each class.

    Example:
        >>> counts = {"dense": np.random.default_rng(0).integers(0, 50, (20, 32))}
        >>> class_embedding(counts, np.full(20, 50))["dense"].xy.shape
        (20, 2)
    """

    kind: ClassVar[str] = "class_embedding"

    method: str = json_field(text)
    parameters: str = json_field(text)
    subsets: tuple[str, ...] = json_field(texts)
    left_out: tuple[str, ...] = json_field(texts)
    inputs: Array = array("S", COUNTS)
    xy: Array = array("S A", "float32")

    def _check(self, lengths: Mapping[str, int]) -> None:
        check_named("subsets", self.subsets, lengths["S"])
        if lengths["A"] != 2:
            raise DamagedRecord(f"a map of {lengths['A']} axes, expected 2")


@dataclass(frozen=True)
class UnitName:
    """A name that somebody gave to a unit."""

    layer: str
    unit: int
    name: str

    @classmethod
    def parse(cls, value: Any) -> UnitName:
        """Read a name out of JSON, or raise TypeError or KeyError."""
        value = entries(value, "a unit's name")
        return cls(text(value["layer"]), integer(value["unit"]), text(value["name"]))


@dataclass(frozen=True)
class UnitNames(Record):
    """Names of units; what is written later goes before, whatever the step."""

    kind: ClassVar[str] = "unit_names"

    names: tuple[UnitName, ...] = json_field(several(UnitName.parse))


INFLUENCE: Mapping[str, type[Contributions | SummitInfluence]] = {
    "contribution": Contributions,
    "maximum": MaximumContributions,
    "summit": SummitInfluence,
}
"""Records by the name of the measure, as `Graph(influence=…)` and the page call it."""

ALL: tuple[type[Record], ...] = (
    Architecture,
    Topology,
    ActivationCounts,
    *INFLUENCE.values(),
    Importance,
    InfluenceSample,
    Examples,
    FeatureVisualization,
    ClassEmbedding,
    UnitNames,
)
