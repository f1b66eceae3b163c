"""Adversarial strips, ablations and attack reports."""

from typing import Annotated, Literal, TypedDict

from tb_plugin_neural.routes.answers.shared import Numbers, Replacement
from tb_plugin_neural.routes.requests.declared import Json

Norm = Literal["l2", "linf"]
Verdict = Literal["detects", "reversed", "none"]


class _AnyStrip(TypedDict):
    """The description of a strip."""

    id: Annotated[str, "for `/strip`"]
    step: Annotated[int, "of training"]
    name: Annotated[str, "of the input"]
    hash: Annotated[str, "of the probe set; empty for another input"]
    instance: Annotated[int, "number in the probe set, or -1"]
    label: Annotated[int, "index of its class, or -1"]
    prediction: Annotated[int, "index of the class predicted before any change, or -1"]
    target: Annotated[str, "`class:3`, or `unit:62/features.3`"]
    norm: Annotated[Norm, "of the change"]
    radius: Annotated[float | None, "largest norm of the change, in the unit of pixels"]
    smoothing: Annotated[float | None, "width in pixels of the blur at the first step"]
    flip: Annotated[int, "the first step at which the target is predicted, or -1"]
    steps: Annotated[int, "of the optimization"]
    first: Annotated[float | None, "the target's probability, or the unit's activation, before"]
    last: Annotated[float | None, "and after"]


class StripSummary(_AnyStrip):
    """An adversarial strip in the list of them."""

    frames: Annotated[int, "how many there are"]


class Strips(TypedDict):
    """All adversarial strips of a model."""

    strips: Annotated[list[StripSummary], "newest step first"]


class ChangedUnit(TypedDict):
    """A unit whose activation changes much."""

    unit: Annotated[int, "its number"]
    activation: Annotated[Numbers, "a value a frame"]


class ChangedLayer(TypedDict):
    """The units of a layer that change most."""

    layer: Annotated[str, "its name"]
    units: Annotated[list[ChangedUnit], "those that change most"]


class StripCurve(TypedDict):
    """Numbers over the steps of the optimization."""

    effect: Annotated[Numbers, "what is optimized"]
    probability: Annotated[list[Numbers], "a row a class"]
    l2: Annotated[Numbers, "norm of the change"]
    linf: Annotated[Numbers, "norm of the change"]
    controlEffect: Annotated[Numbers, "of a change at random of the same norm"]
    controlProbability: Annotated[list[Numbers], "likewise"]


class StripFrame(TypedDict):
    """A frame."""

    step: Annotated[int, "of the optimization"]
    prediction: Annotated[int, "index of the predicted class"]
    factor: Annotated[float | None, "by what the difference is multiplied in its picture"]


class StripPictures(TypedDict):
    """Numbers of the first frame's pictures, the others' follow."""

    image: Annotated[int, "of the input"]
    difference: Annotated[int, "from the first frame"]
    saliency: Annotated[int, "of the frames"]
    control: Annotated[int, "of the change at random"]


class Strip(_AnyStrip):
    """An adversarial strip without its pictures."""

    classes: Annotated[list[int], "that `probability` has rows of: target, first prediction, label"]
    layers: Annotated[list[ChangedLayer], "whose units are recorded"]
    curve: Annotated[StripCurve, "a value a step"]
    frames: Annotated[list[StripFrame], "in order"]
    picture: Annotated[StripPictures, "a frame's picture is `picture[kind] + frame`"]


class Ablation(TypedDict):
    """Effect of an ablation on the inputs of a class."""

    layer: Annotated[str, "of the unit"]
    unit: Annotated[int, "its number"]
    predicted: Annotated[float | None, "fall of the class's mean logit, by one backward pass"]
    measured: Annotated[float | None, "by the ablation"]
    inputs: Annotated[int, "that it was measured on"]
    correct: Annotated[int, "of these, predicted rightly before"]
    correctAfter: Annotated[int, "and after"]
    takenFor: Annotated[int | None, "the class that most more inputs are predicted as then"]


class AblationsOf(TypedDict):
    """The ablations measured for a subset."""

    subset: Annotated[str, "its key"]
    inputs: Annotated[int, "of the last call"]
    correct: Annotated[int, "of these, predicted rightly before"]
    rows: Annotated[list[Ablation], "largest fall first, at most 50,000 a call"]


class Ablations(TypedDict):
    """The ablations measured at a step."""

    step: Annotated[int, "the step that was found"]
    replacement: Annotated[Replacement, "what a unit's activation was replaced with"]
    replacements: Annotated[list[Replacement], "that there are at any step"]
    subsets: Annotated[list[AblationsOf], "in the order of classes"]


class AskedAblation(TypedDict):
    """Effect on a class of ablating the requested unit; `null` where it was not measured."""

    subset: Annotated[str, "its key"]
    predicted: Annotated[float | None, "fall of the class's mean logit, by one backward pass"]
    predictedStep: Annotated[int | None, "of the prediction"]
    inputs: Annotated[int | None, "of the prediction"]
    measured: Annotated[float | None, "by the ablation"]
    measuredStep: Annotated[int | None, "of the ablation"]
    measuredInputs: Annotated[int | None, "of the ablation"]
    correct: Annotated[int | None, "of these, predicted rightly before"]
    correctAfter: Annotated[int | None, "and after"]
    takenFor: Annotated[int | None, "the class that most more inputs are predicted as then"]


class UnitAblation(TypedDict):
    """Effect on every class of ablating one unit."""

    step: Annotated[int, "of the prediction, else of the ablation"]
    replacement: Annotated[Replacement, "what its activation is replaced with"]
    subsets: Annotated[list[AskedAblation], "strongest first"]
    call: Annotated[str, "the line that measures it"]


class ConfusionCounts(TypedDict):
    """Counts of a confusion, in both directions."""

    step: Annotated[int, "of the class metrics"]
    inputs: Annotated[tuple[int, int], "of the true class, and of the other one"]
    confused: Annotated[tuple[int, int], "of these, predicted as the other class"]


class Near(TypedDict):
    """An instance that is near to another one."""

    instance: Annotated[int, "number in the probe set"]
    distance: Annotated[float | None, "Euclidean, in the last hidden layer"]


class ConfusedInstance(TypedDict):
    """An instance of the true class that is predicted as the other one."""

    instance: Annotated[int, "number in the probe set"]
    probability: Annotated[float | None, "of the predicted class"]
    own: Annotated[float | None, "probability of the true class"]
    nearestOwn: Annotated[Near | None, "nearest instance of the true class predicted rightly"]
    nearestOther: Annotated[Near | None, "likewise of the other class"]


class UnitAblated(TypedDict):
    """Effect on the true class of ablating a unit."""

    predicted: Annotated[float | None, "fall of the class's mean logit, by one backward pass"]
    measured: Annotated[float | None, "by the ablation"]
    inputs: Annotated[int, "that it was measured on"]
    correct: Annotated[int, "of these, predicted rightly before"]
    correctAfter: Annotated[int, "and after"]
    takenFor: Annotated[int | None, "the class that most more inputs are predicted as then"]


class DrivingUnit(TypedDict):
    """A unit that pushes the confused instances to the other class."""

    unit: Annotated[int, "its number"]
    push: Annotated[float | None, "weight × difference of the means of confused and correct"]
    weight: Annotated[float | None, "change of the margin with the unit's activation"]
    means: Annotated[
        tuple[float | None, float | None, float | None],
        "of the confused, of the correct ones of the true class, and of the other class",
    ]
    deviation: Annotated[float | None, "of its activations over the probe set"]
    ablation: Annotated[UnitAblated | None, "`null` where it was not ablated on the true class"]
    verdict: Annotated[
        Literal["verified", "not confirmed", "predicted"],
        "by the ablation; `predicted` where there is none",
    ]


class Confusion(TypedDict):
    """Inputs of a class that are predicted as another, and the units that cause it."""

    step: Annotated[int, "of the predictions"]
    counts: Annotated[ConfusionCounts | None, "`null` without class metrics"]
    seen: Annotated[int, "instances of the true class in the probe set, altered copies left out"]
    confusedCount: Annotated[int, "of these, predicted as the other class"]
    correctCount: Annotated[int, "of these, predicted rightly"]
    confused: Annotated[list[ConfusedInstance], "the most confident first, at most 24"]
    layer: Annotated[str | None, "the last hidden one; `null` without its activations"]
    basis: Annotated[
        Literal["logits", "contributions", "logits and contributions", "none"],
        "what weights are made of",
    ]
    margins: Annotated[
        list[float | None] | None, "mean logit of the other class less own: of confused, of correct"
    ]
    explained: Annotated[float | None, "sum of the pushes over the difference of the margins"]
    units: Annotated[list[DrivingUnit], "the strongest push first, at most 12"]
    ablationStep: Annotated[int | None, "`null` where none of the units was ablated"]
    call: Annotated[str | None, "the line that ablates the other units"]


class Score(TypedDict):
    """A score of suspicion."""

    measure: Annotated[str, "`max_softmax`, `margin`, `energy`, `tail`, `surprisal`, `robust_z`"]
    layer: Annotated[str, "empty for baselines and for the mean of all layers"]


class Area(TypedDict):
    """An area under the ROC curve."""

    value: Annotated[float | None, "the area"]
    low: Annotated[float | None, "end of the interval, even on the scale of logits"]
    high: Annotated[float | None, "the other end"]
    verdict: Annotated[Verdict, "above .5, below, or neither, corrected for their number"]


class AttackGroup(TypedDict):
    """Inputs that are told from benign ones."""

    name: Annotated[str, "`PGD linf` say"]
    of: Annotated[Literal["attack", "control"], "what they are"]
    strength: Annotated[float | None, "of the attack"]
    inputs: Annotated[int, "attacked, or in the control"]
    positives: Annotated[int, "of these, that are compared"]
    negatives: Annotated[int, "benign inputs that they are compared with"]
    rate: Annotated[float | None, "share of the attacks that succeed"]
    enough: Annotated[bool, "30 on either side"]
    auroc: Annotated[list[Area | None] | None, "a score each; `null` where there are too few"]


class AttackReport(TypedDict):
    """Detection of attacks by each score."""

    step: Annotated[int, "the step that was found"]
    reference: Annotated[int, "inputs that the distributions of classes are made of"]
    bootstrap: Annotated[int, "resamples"]
    level: Annotated[float | None, "of the interval; `null` where it is not a share"]
    scores: Annotated[list[Score], "in the order of `auroc`"]
    groups: Annotated[list[AttackGroup], "attacks and controls"]


STRIPS = Json(Strips)
STRIP = Json(Strip)
ABLATIONS = Json(Ablations)
CONFUSION = Json(Confusion)
ABLATION = Json(UnitAblation)
ATTACK_REPORT = Json(AttackReport)
