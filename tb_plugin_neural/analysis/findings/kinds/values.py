"""Activations that are NaN or infinite, and the layer that made them so."""

from __future__ import annotations

import numpy as np

from tb_plugin_neural.analysis.findings import links
from tb_plugin_neural.analysis.findings.evidence import Evidence, LayerEvidence
from tb_plugin_neural.analysis.findings.finding import Family, Finding, listed
from tb_plugin_neural.analysis.findings.words import count, names, percent, units


def nonfinite(of: Evidence) -> Family:
    """NaN and infinities, by the first layer that produced them.

    A layer produced them where it has some on more inputs than any layer that feeds it; without
    links, that comes before it. What follows from them is no finding of its own. Counted.
    """
    worst = {name: int(layer.missing.max(initial=0)) for name, layer in of.layers.items()}
    touched = [name for name, inputs in worst.items() if inputs]
    if not touched:
        return Family()
    first = next((name for name in touched if worst[name] > _fed(of, name, worst)), touched[0])
    layer = of.layers[first]
    after = [name for name in touched if name != first]
    return Family((_finding(of, layer, worst[first], after),))


def _fed(of: Evidence, name: str, worst: dict[str, int]) -> int:
    feeding = [one[0] for one in of.links if one[1] == name]
    order = list(of.layers)
    before = [one for one in feeding if one in worst] or order[: order.index(name)]
    return max((worst[one] for one in before), default=0)


def _finding(of: Evidence, layer: LayerEvidence, inputs: int, after: list[str]) -> Finding:
    hit = np.flatnonzero(layer.missing)
    share = inputs / max(1, layer.inputs)
    which = "the first recorded layer" if next(iter(of.layers)) == layer.name else "the first"
    instances: tuple[int, ...] = ()
    if layer.probe is not None:
        instances = listed(np.flatnonzero(~np.isfinite(layer.probe).all(axis=1)))
    everywhere = inputs == layer.inputs
    cause = (
        "the weights before it are NaN: training broke at or before this record"
        if everywhere
        else "the inputs or what is computed of them are not finite"
        if which != "the first"
        else "what it computes overflows or divides by 0 for these inputs"
    )
    return Finding(
        kind="nonfinite",
        severity="act",
        sentence=(
            f"{layer.name} is {which} with NaN or infinite activations: "
            f"{count(len(hit), 'unit')} of {layer.units:,}{units(hit.tolist(), len(hit))} on "
            f"{inputs:,} of {layer.inputs:,} inputs ({percent(share)}); {cause}"
            + (f"; they go on into {names(after)}." if after else ".")
        ),
        subjects=(of.subject,),
        layer=layer.name,
        layers=(layer.name, *after),
        units=listed(hit),
        unit_count=len(hit),
        instances=instances,
        instance_count=len(instances),
        effect=share,
        scale="share",
        n=layer.inputs,
        floor=0.001,
        convention="first layer with more such inputs than those that feed it; counted",
        next="Look at these inputs, and at the operation before the layer; torch.autograd."
        "set_detect_anomaly(True) names it in training.",
        link=links.at(
            "distributions",
            of.subject,
            layers=(layer.name,),
            instances=instances[:8],
            unit=(layer.name, int(hit[0])),
        ),
    )
