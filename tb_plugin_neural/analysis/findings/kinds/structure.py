"""Faults of a network's structure, which show from the first record on."""

from __future__ import annotations

import numpy as np

from tb_plugin_neural.analysis.findings import links
from tb_plugin_neural.analysis.findings.evidence import Evidence, History, LayerEvidence
from tb_plugin_neural.analysis.findings.finding import Family, Finding
from tb_plugin_neural.analysis.findings.words import names, number

ONE = 2e-3
"""By how much the outputs' means may sum to something else than 1, and are probabilities still."""

SCALE = 5.0
"""Deviation of the first layer's units at the first record, beyond which inputs are not scaled."""

ELSEWHERE = 0.25
"""Standard deviations between the probe set in eval mode and the evaluation in training mode."""

WEIGHTED = ("Linear", "Conv1d", "Conv2d", "Conv3d")
COLLAPSED = 1.2
VARIED = 4


def probabilities(of: Evidence) -> Family:
    """Find a model that puts out probabilities, which most losses take for logits.

    A fact: the recorder has seen what makes the predictions; or else the means of the output
    layer's units sum to 1, of all inputs and of every class.
    """
    output = next((layer for layer in of.layers.values() if layer.output), None)
    said = of.probe is not None and of.probe.scale == "probabilities"
    if of.task != "multiclass" or not (said or (output is not None and _sum_to_one(output))):
        return Family()
    name = (output.name,) if output is not None else ()
    return Family(
        (
            Finding(
                kind="probabilities",
                severity="look",
                sentence=f"The model puts out probabilities, not logits (n = {of.inputs:,}).",
                more="A loss that takes logits (CrossEntropyLoss) then applies softmax twice: it "
                "learns slowly and cannot become certain.",
                subjects=(of.subject,),
                layer=output.name if output is not None else None,
                layers=name,
                effect=1.0,
                scale="share",
                n=of.inputs,
                floor=1.0,
                convention="a softmax makes the predictions, or outputs sum to 1 in every subset",
                next="If the loss takes logits, remove the softmax; or use NLLLoss on its "
                "logarithm.",
                link=links.at("distributions", of.subject, layers=name),
            ),
        )
    )


def _sum_to_one(output: LayerEvidence) -> bool:
    if output.units < 2:
        return False
    rows = [output.spread.mean, *(output.classes.mean if output.classes is not None else ())]
    tables = np.stack([np.asarray(row, np.float64) for row in rows])
    return bool((np.abs(tables.sum(1) - 1) < ONE).all() and (tables > -ONE).all())


def mode(of: Evidence) -> Family:
    """Find records made in training mode that differ from the probe set's, made in eval mode.

    A look where the units' means on the probe set lie elsewhere, as with BatchNorm by batches; else
    a note. Counted.
    """
    layers = [layer for layer in of.layers.values() if layer.mode != "eval"]
    if not layers:
        return Family()
    distance = {
        layer.name: value for layer in layers if np.isfinite(value := _from_probe(of, layer))
    }
    far = {name: value for name, value in distance.items() if value > ELSEWHERE}
    most = max(far, key=lambda name: far[name]) if far else layers[0].name
    more = (
        f"In eval mode the probe set's activations lie elsewhere: units of {most} by "
        f"{number(far[most])} σ. BatchNorm or dropout act in training mode."
        if far
        else "With BatchNorm or dropout that is another network than in eval mode."
    )
    return Family(
        (
            Finding(
                kind="train_mode",
                severity="look" if far else "note",
                sentence=f"The statistics were recorded in training mode ({layers[0].mode}), "
                f"n = {of.inputs:,}.",
                more=more,
                subjects=(of.subject,),
                layer=most,
                layers=tuple(layer.name for layer in layers),
                effect=far[most] if far else 1.0,
                scale="sigma" if far else "share",
                n=of.inputs,
                floor=ELSEWHERE if far else 1.0,
                convention="module mode of the record; means on the probe set in eval mode",
                next="If this is an evaluation, call model.eval() before it.",
                link=links.at("distributions", of.subject, layers=(most,)),
            ),
        )
    )


def _from_probe(of: Evidence, layer: LayerEvidence) -> float:
    """Return the distance in σ, without noise, of the probe set's means from all inputs'."""
    if layer.probe is None or of.probe is None or of.subject.subset != "all":
        return float("nan")
    values = layer.probe[of.probe.pairs < 0].astype(np.float64)
    std = layer.spread.std.astype(np.float64)
    known = (std > 0) & np.isfinite(values).all(0)
    if not known.any() or len(values) < 2:
        return float("nan")
    shift = (values.mean(0) - layer.spread.mean)[known] / std[known]
    noise = 1 / len(values) + 1 / max(1, layer.inputs)
    return float(np.sqrt(max(0.0, np.mean(shift**2) - noise)))


def inputs_scale(of: Evidence, history: History | None) -> Family:
    """Find inputs that were not scaled, as the first layer shows at the first record.

    Counted: the median deviation of the first recorded layer's units exceeds 5 at the first
    record; of inputs with deviation 1 and usual initial weights it is about 1.
    """
    if history is None or not history.layers:
        return Family()
    first = next((name for name in of.layers if name in history.layers), None)
    if first is None or of.layers[first].output:
        return Family()
    std = history.layers[first].std[0]
    varied = std[np.isfinite(std) & (std > 0)]
    if not varied.size or (size := float(np.median(varied))) <= SCALE:
        return Family()
    return Family(
        (
            Finding(
                kind="inputs_scale",
                severity="look",
                sentence=(
                    f"Activations of {first}, the first recorded layer, had a deviation of "
                    f"{number(size)} at step {history.steps[0]:,}, with inputs of deviation 1 it "
                    f"is about 1 (n = {int(history.inputs[0]):,})."
                ),
                more="The inputs are probably not normalized.",
                subjects=(of.subject,),
                layer=first,
                layers=(first,),
                effect=size,
                scale="factor",
                n=int(history.inputs[0]),
                floor=SCALE,
                convention="median deviation of the first layer's units above 5 at first",
                next="Scale the inputs to mean 0 and deviation 1 (pixels: divide by 255 first).",
                link=links.at("distributions", of.subject, layers=(first,)),
            ),
        )
    )


def no_activation(of: Evidence) -> Family:
    """Weighted layers that follow one another with nothing in between, and make one linear layer.

    A fact of the traced model, not tested. A narrow layer between two wide ones is a factorized
    one, and meant.
    """
    types = {layer.name: layer for layer in of.layers.values()}
    found = []
    for producer, consumer, kind, via in of.links:
        a, b = types.get(producer), types.get(consumer)
        if a is None or b is None or kind != "direct" or a.type not in WEIGHTED:
            continue
        if b.type == a.type and len(via) <= 1 and (a.units >= b.units or b.output):
            found.append((producer, consumer))
    if not found:
        return Family()
    pairs = names(f"{a} and {b}" for a, b in found)
    return Family(
        (
            Finding(
                kind="no_activation",
                severity="look",
                sentence=f"Nothing non-linear lies between {pairs}.",
                more="Together they can do no more than one of them.",
                subjects=(of.subject,),
                layer=found[0][0],
                layers=tuple(dict.fromkeys(name for pair in found for name in pair)),
                effect=float(len(found)),
                scale="layers",
                n=of.inputs,
                floor=1.0,
                convention="direct link of two weighted layers of one type",
                next="Is an activation missing?",
                link=links.at("architecture", of.subject, layers=found[0]),
            ),
        )
    )


def collapsed(of: Evidence) -> Family:
    """Layers whose units all say the same on the probe set.

    Counted: participation ratio of the variance over directions, (Σλ)² / Σλ², below 1.2, though
    four units or more vary, with three classes or more.
    """
    found = []
    for layer in of.hidden:
        ratio = participation(layer)
        if ratio is not None and ratio < COLLAPSED and len(of.names) > 2:
            found.append((layer, ratio))
    if not found:
        return Family()
    layer, ratio = min(found, key=lambda pair: pair[1])
    return Family(
        (
            Finding(
                kind="rank_collapsed",
                severity="look",
                sentence=(
                    f"All units of {layer.name} say the same: the probe set's activations lie on "
                    f"one line (participation ratio {ratio:.2f} of {layer.units} units, "
                    f"n = {len(layer.probe if layer.probe is not None else ())})."
                ),
                more=f"So do those of {names(one.name for one, _ in found if one is not layer)}."
                if len(found) > 1
                else "",
                subjects=(of.subject,),
                layer=layer.name,
                layers=tuple(one.name for one, _ in found),
                effect=ratio,
                scale="factor",
                n=len(layer.probe) if layer.probe is not None else 0,
                floor=1.0,
                convention="participation ratio below 1.2",
                next="Check initialization, normalization and depth: signals have become parallel.",
                link=links.at("projections", of.subject, layers=(layer.name,)),
            ),
        )
    )


def participation(layer: LayerEvidence) -> float | None:
    """(Σλ)² / Σλ² of the covariance on the probe set; None where too little varies."""
    if layer.probe is None or len(layer.probe) < 20:
        return None
    x = layer.probe.astype(np.float64)
    x = x[:, np.isfinite(x).all(0)]
    x = x - x.mean(0)
    if (x.std(0) > 0).sum() < VARIED:
        return None
    gram = x @ x.T if len(x) < x.shape[1] else x.T @ x
    return float(np.trace(gram) ** 2 / np.square(gram).sum())
