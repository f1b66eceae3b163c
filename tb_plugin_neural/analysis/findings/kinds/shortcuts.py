"""Find classes that one unit of an early layer separates: suspected shortcuts."""

from __future__ import annotations

import numpy as np

from tb_plugin_neural.analysis.findings import links
from tb_plugin_neural.analysis.findings.evidence import Evidence, LayerEvidence
from tb_plugin_neural.analysis.findings.finding import Family, Finding
from tb_plugin_neural.analysis.findings.words import number

ALONE, OTHERS = 0.99, 0.06
"""A unit of an early layer that tells a class from all others with so large an area, and so far
ahead of what the best unit does for the next class, is a shortcut."""

FEWEST_CLASSES, EARLY = 3, 3


def shortcuts(of: Evidence) -> Family:
    """Find classes that one unit of an early layer separates from all others, as no other class.

    Counted: the area under the ROC curve of class against rest, by exact counts of histograms, in
    the first third of the hidden layers.
    """
    hidden = of.hidden
    for layer in hidden[: max(1, len(hidden) // EARLY)]:
        if (finding := _shortcut(of, layer)) is not None:
            return Family((finding,))
    return Family()


def _shortcut(of: Evidence, layer: LayerEvidence) -> Finding | None:
    if layer.auroc is None or len(layer.keys) < FEWEST_CLASSES:
        return None
    areas = np.abs(np.nan_to_num(layer.auroc, nan=0.5) - 0.5) + 0.5
    best = areas.max(1)
    order = np.argsort(-best)
    first, second = best[order[0]], best[order[1]]
    if first < ALONE or first - second < OTHERS:
        return None
    row, unit = int(order[0]), int(areas[order[0]].argmax())
    key, next_key = layer.keys[row], layer.keys[int(order[1])]
    return Finding(
        kind="shortcut",
        severity="look",
        sentence=(
            f"Unit {unit} of {layer.name}, an early layer, tells {of.name(key)} from all other "
            f"classes by itself: area under the curve {first:.3f}, for the next class "
            f"({of.name(next_key)}) the best unit has {number(float(second), 3)} "
            f"(n = {layer.inputs:,})."
        ),
        more="Inputs of that class may have a mark that gives them away.",
        subjects=(of.subject,),
        layer=layer.name,
        layers=(layer.name,),
        units=(unit,),
        unit_count=1,
        classes=(of.name(key),),
        effect=float(first - second),
        scale="share",
        n=layer.inputs,
        floor=OTHERS,
        convention="area ≥ .99 by one unit of an early layer, .06 above the next class",
        next="See the unit's best examples, and a saliency map of one of them.",
        link=links.at(
            "distributions",
            of.subject,
            layers=(layer.name,),
            subsets=(key, next_key),
            unit=(layer.name, unit),
        ),
    )
