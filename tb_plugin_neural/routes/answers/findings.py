"""Declare findings."""

from typing import Annotated, Literal, TypedDict

from tb_plugin_neural.routes.requests.declared import Json


class FindingSubject(TypedDict):
    """Run, step and subset that a finding is about."""

    run: Annotated[str, "of TensorBoard's"]
    model: Annotated[str, "the recorder's name"]
    step: Annotated[int, "the one that was found"]
    subset: Annotated[str, "key of the inputs"]


class FindingLink(TypedDict):
    """A selection of the page by key of its address; what is `null` stays as it is."""

    view: Annotated[str, "id of a view"]
    a: Annotated[tuple[str, str, int], "run, model, step of A"]
    b: Annotated[tuple[str, str, str, int] | None, "run, model, `pinned`, step of B"]
    layers: Annotated[list[str] | None, "that are shown"]
    subsets: Annotated[list[tuple[str, int]] | None, "key and hue of those shown"]
    instances: Annotated[list[int] | None, "of the probe set"]
    unit: Annotated[tuple[str, int] | None, "layer and number of the unit whose panel is open"]
    marked: Annotated[list[tuple[str, list[int]]] | None, "units that stand out, by layer"]


class Finding(TypedDict):
    """A statement with its effect and its uncertainty."""

    kind: Annotated[str, "what it is, for machines"]
    severity: Annotated[
        Literal["act", "look", "note"], "something is broken; unusual; what is usual as well"
    ]
    sentence: Annotated[str, "the finding in words, with its numbers"]
    subjects: Annotated[list[FindingSubject], "one, or after and before of a comparison"]
    layer: Annotated[str | None, "that it is about"]
    layers: Annotated[list[str], "that it is about, in the order of execution"]
    units: Annotated[list[int], "of `layer`, at most 50"]
    unitCount: Annotated[int, "how many units there are"]
    classes: Annotated[list[str], "names"]
    instances: Annotated[list[int], "of the probe set, at most 50"]
    instanceCount: Annotated[int, "how many there are"]
    effect: Annotated[float, "how large it is, in `scale`"]
    low: Annotated[float | None, "end of its 95 % interval; `null` where it was counted"]
    high: Annotated[float | None, "the other end"]
    scale: Annotated[str, "`share`, `sigma`, `factor`, `units`, `fields`"]
    n: Annotated[int, "inputs that the effect was had from"]
    p: Annotated[float | None, "of such an effect under the null hypothesis; `null` where plain"]
    q: Annotated[float | None, "p corrected for all that was tested (Benjamini–Hochberg)"]
    churn: Annotated[float | None, "the same effect between neighbouring records"]
    floor: Annotated[float, "smallest effect of the kind that is worth a word"]
    convention: Annotated[str, "the rule or test"]
    next: Annotated[str | None, "what to do now"]
    link: Annotated[FindingLink, "the picture that shows it"]


class Findings(TypedDict):
    """The findings of a subject."""

    schema: Annotated[int, "version of this answer"]
    subject: Annotated[FindingSubject, "what they are about"]
    against: Annotated[FindingSubject | None, "what it was compared with"]
    tested: Annotated[int, "hypotheses that were tested"]
    nothing: Annotated[str | None, "what would have been found, where no change was"]
    findings: Annotated[list[Finding], "the gravest first"]


FINDINGS = Json(Findings)
