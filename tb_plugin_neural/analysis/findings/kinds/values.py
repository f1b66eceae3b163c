"""Find activations that are NaN or infinite, or whose scale collapses or explodes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tb_plugin_neural.analysis.findings import links
from tb_plugin_neural.analysis.findings.evidence import Array, Evidence, History, LayerEvidence
from tb_plugin_neural.analysis.findings.finding import Family, Finding, listed
from tb_plugin_neural.analysis.findings.words import count, names, number, percent, units

ACROSS = 1000.0
"""Factor between the first layer's scale and another's."""

SINCE = 100.0
"""Factor between a layer's scale and that of the first record."""

LARGE = 10.0
"""Scale that a layer which exploded since the first record exceeds: initial ones may be tiny."""


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


def scales(std: Array) -> Array:
    """Signal scale: root mean square of the units' deviations over inputs, those that vary.

    Args:
        std: `[…, U]`.

    Returns:
        `[…]`; 0 where no unit varies.

    References:
        Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural
        networks: the variance that layers are to hand on unchanged.
    """
    square = np.where(np.isfinite(std) & (std > 0), std, 0).astype(np.float64) ** 2
    varies = (square > 0).sum(-1)
    return np.asarray(np.sqrt(square.sum(-1) / np.maximum(varies, 1)))


def across_layers(of: Evidence) -> Family:
    """Find where the signal's scale collapses or explodes on its way through the layers.

    Counted: the scale of a hidden layer (see `scales`) is less than a thousandth of the first
    layer's, or more than a thousand times as large. Layers in which no unit varies are dead or
    constant, and told as such.
    """
    found = {layer.name: float(scales(layer.spread.std)) for layer in of.hidden}
    known = {name: scale for name, scale in found.items() if scale > 0}
    if len(known) < 2:
        return Family()
    first, base = next(iter(known.items()))
    factors = {name: scale / base for name, scale in known.items()}
    words = f"that of {first}, the first recorded layer (deviation {number(base)}"
    told = (
        _told(of, kind, factors, bound, words, known)
        for kind, bound in (("scale_collapsed", 1 / ACROSS), ("scale_exploded", ACROSS))
    )
    return Family(tuple(one for one in told if one is not None))


def over_steps(of: Evidence, history: History | None) -> Family:
    """Find layers whose scale has collapsed or exploded since the first record.

    Counted: a hidden layer's scale (see `scales`) is less than a hundredth of that of the first
    record; or more than a hundred times as large, and above 10, since initial scales may be tiny.
    """
    if history is None or len(history.steps) < 2:
        return Family()
    factors, known = {}, {}
    for layer in of.hidden:
        series = history.layers.get(layer.name)
        if series is None:
            continue
        first, last = scales(series.std[[0, -1]])
        if first > 0 and last > 0:
            factors[layer.name], known[layer.name] = float(last / first), float(last)
    words = f"what it was at step {history.steps[0]:,} (deviation {{before}}"
    large = {name: factor for name, factor in factors.items() if known[name] > LARGE}
    told = (
        _told(of, kind, some, bound, words, known)
        for kind, some, bound in (
            ("scale_collapsed", factors, 1 / SINCE),
            ("scale_exploded", large, SINCE),
        )
    )
    return Family(tuple(one for one in told if one is not None))


def _told(
    of: Evidence,
    kind: str,
    factors: Mapping[str, float],
    bound: float,
    words: str,
    known: Mapping[str, float],
) -> Finding | None:
    """Report the layers beyond a bound, the extreme one first; None where there are none."""
    fell = bound < 1
    far = {n: x for n, x in factors.items() if (x < bound if fell else x > bound)}
    if not far:
        return None
    name = (min if fell else max)(far, key=lambda name: far[name])
    times = f"1/{number(1 / far[name])} of" if fell else f"{number(far[name])} times"
    before = number(known[name] / far[name])
    others = len(far) - 1
    more = f"So it is of {others} more layer{'s' if others > 1 else ''}. " if others else ""
    return Finding(
        kind=kind,
        severity="look",
        sentence=(
            f"The activations' scale in {name} is {times} {words.format(before=before)}, here "
            f"{number(known[name])}; n = {of.inputs:,})."
        ),
        more=f"{more}{_MEANS[fell]}",
        subjects=(of.subject,),
        layer=name,
        layers=tuple(layer.name for layer in of.hidden if layer.name in far),
        effect=far[name],
        scale="factor",
        n=of.inputs,
        floor=far[name] if fell else bound,
        convention="signal scale: root mean square of units' deviations (Glorot & Bengio 2010)",
        next="Check initialization (Kaiming for rectified layers), normalization and the learning "
        "rate.",
        link=links.at("distributions", of.subject, layers=(name,)),
    )


_MEANS = {
    True: "What the layers after it get hardly depends on the input.",
    False: "Such activations overflow in half precision, and make gradients explode.",
}
