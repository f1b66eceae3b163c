"""Declare the index."""

from typing import Annotated, TypedDict

from tb_plugin_neural.routes.answers.shared import Link, Measure, Problem, Task
from tb_plugin_neural.routes.requests.declared import Json


class Layer(TypedDict):
    """A recorded layer."""

    name: Annotated[str, "qualified name of the module, with `:1` for its second call"]
    type: Annotated[str, "class of the module"]
    units: Annotated[int, "number of its units"]
    reduction: Annotated[str, "of positions: `max`, `mean`, or `none` where there are none"]
    output: Annotated[bool, "whether it makes the prediction"]


class ProbeSummary(TypedDict):
    """The probe set."""

    hash: Annotated[str, "of the inputs' content"]
    size: Annotated[int, "number of instances"]
    pictured: Annotated[bool, "whether there are pictures"]
    lossless: Annotated[bool, "whether these are the inputs' exact pixels"]


class Session(TypedDict):
    """One recorder's records in one run."""

    session: Annotated[str, "8 hexadecimal digits"]
    run: Annotated[str, "its own: a job's is the sub-run"]
    firstStep: Annotated[int, "the step it begins with"]
    wallTime: Annotated[float, "when it began, in seconds since 1970"]


class GraphSummary(TypedDict):
    """Records for attribution graphs."""

    steps: Annotated[list[int], "with activation counts"]
    subsets: Annotated[list[str], "that are counted"]
    influence: Annotated[list[str], "subsets with influence of their own"]
    masses: Annotated[list[float], "shares of the activation mass, a way of counting each"]
    of: Annotated[list[str], "what the mass is of: `activation`, `deviation`"]
    measures: Annotated[list[Measure], "of influence"]
    links: Annotated[list[Link], "producer, consumer, and how one feeds the other"]
    notes: Annotated[list[str], "what could not be traced"]


class ProjectionSummary(TypedDict):
    """Records for maps of the probe set."""

    steps: Annotated[list[int], "with distances"]
    metric: Annotated[str | None, "`euclidean` or `cosine`"]
    pivots: Annotated[int, "how many there are"]
    focus: Annotated[list[int], "instances whose mutual distances are kept"]
    neighbours: Annotated[bool, "whether nearest ones are recorded"]
    methods: Annotated[dict[str, list[int]], "steps with maps made beforehand, by method"]


class SaliencySummary(TypedDict):
    """Saliency maps recorded by one method."""

    steps: Annotated[list[int], "with maps"]
    instances: Annotated[list[int], "of the probe set, with maps"]


class Model(TypedDict):
    """A recorded model in a run."""

    run: Annotated[str, "of TensorBoard's"]
    model: Annotated[str, "the recorder's name"]
    title: Annotated[str, "what the model is called for people; empty where nobody said"]
    data: Annotated[str, "what its inputs are called; likewise"]
    task: Annotated[Task | None, "`null` for none"]
    classes: Annotated[list[str], "names by index"]
    steps: Annotated[list[int], "rising; what jobs add after training makes none"]
    wallTimes: Annotated[list[float], "seconds since 1970, one a step"]
    layers: Annotated[list[Layer], "in the order of execution"]
    subsets: Annotated[list[str], "keys of those with histograms"]
    subsetNames: Annotated[dict[str, str], "readable names of `target:` and `error:` keys"]
    moments: Annotated[list[str], "keys of the subsets with mean and deviation only"]
    mode: Annotated[str | None, "module mode of the newest histograms: `train`, `eval`, `mixed`"]
    probe: Annotated[ProbeSummary | None, "`null` without a probe set"]
    probeSteps: Annotated[list[int], "with activations of the probe set"]
    weights: Annotated[str, "fingerprint of the parameters at the first session's beginning"]
    confused: Annotated[list[int] | None, "the two classes most often predicted as one another"]
    hidden: Annotated[list[str], "the last two layers before the output"]
    sessions: Annotated[list[Session], "oldest first"]
    leftOut: Annotated[list[str], "what is not recorded, and which argument changes that"]
    recorded: Annotated[dict[str, list[int]], "steps by kind of record, see data formats"]
    graph: Annotated[GraphSummary | None, "`null` without activation counts"]
    facetSteps: Annotated[list[int], "with feature visualizations"]
    exampleSteps: Annotated[list[int], "with the instances that excite units most"]
    embedding: Annotated[bool, "whether there are classes to map"]
    named: Annotated[bool, "whether units were given names"]
    projection: Annotated[ProjectionSummary | None, "`null` without distances and maps"]
    strips: Annotated[int, "number of adversarial strips"]
    saliency: Annotated[dict[str, SaliencySummary], "by method"]
    ablationSteps: Annotated[list[int], "with measured ablations"]
    attackReportSteps: Annotated[list[int], "with attack reports"]
    architecture: Annotated[bool, "whether sizes or links of layers are recorded"]
    problems: Annotated[list[Problem], "that the recorder logged"]
    bytes: Annotated[int, "at rest of what TensorBoard retains for it, estimated"]


class Index(TypedDict):
    """Everything there is."""

    version: Annotated[str, "of this package"]
    models: Annotated[list[Model], "by run and name"]
    problems: Annotated[list[Problem], "series and records that could not be read so far"]


INDEX = Json(Index)
