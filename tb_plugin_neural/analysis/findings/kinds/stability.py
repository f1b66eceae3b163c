"""Find layers that have stopped changing, and layers that still change."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from tb_plugin_neural.analysis import layer_health
from tb_plugin_neural.analysis.findings import links
from tb_plugin_neural.analysis.findings.evidence import Evidence, History
from tb_plugin_neural.analysis.findings.finding import Family, Finding
from tb_plugin_neural.analysis.findings.perplexity import distance_to_noise
from tb_plugin_neural.analysis.findings.words import names
from tb_plugin_neural.analysis.layer_health import Spread

PAIRS = 3
"""Pairs of neighbouring records at which a layer is to be still, or to change."""

NOISE = 2.0
"""Multiple of what noise alone gives up to which two distributions do not differ."""

PERPLEXITY = "DeepEyes: perplexities on the probe set within twice the noise at three pairs"
MEANS = "stable layer: units' means below the noise of samples at three pairs of records"


def stable(of: Evidence, history: History | None) -> Family:
    """Find layers that have stopped changing, or that none has.

    As DeepEyes' stable layers (Pezzotti et al. 2018): the distribution of the probe set's
    perplexities is the same at neighbouring records. At each of the last three pairs its
    Wasserstein distance is less than twice what two samples of one distribution differ by on
    average. Without a probe set by units' means: the layer moved less than two samples of as many
    inputs differ. A layer still changes where neither holds at any of the three. Counted.
    """
    if history is None or len(history.steps) <= PAIRS:
        return Family()
    ratios = {name: found for name in history.layers if (found := _ratios(history, name))}
    quiet = [name for name, ratio in ratios.items() if max(ratio) < 1]
    busy = [name for name, ratio in ratios.items() if min(ratio) >= 1]
    if not quiet and not busy:
        return Family()
    probed = any(layer.perplexity is not None for layer in history.layers.values())
    return Family((_told(of, history, quiet, busy, PERPLEXITY if probed else MEANS),))


def _ratios(history: History, name: str) -> Sequence[float] | None:
    """Return the last changes as multiples of the bound; None where one is not known."""
    layer = history.layers[name]
    if layer.perplexity is not None and len(layer.perplexity) > PAIRS:
        pairs = itertools.pairwise(layer.perplexity[-1 - PAIRS :])
        found = np.array([distance_to_noise(*pair) for pair in pairs]) / NOISE
    else:
        noise = _noise(history, name)
        found = history.shifts[name][-PAIRS:] / noise if noise > 0 else np.full(PAIRS, np.nan)
    return [float(one) for one in found] if np.isfinite(found).all() else None


def _noise(history: History, name: str) -> float:
    layer = history.layers[name]
    count = history.inputs[-1] - layer.missing[-1]
    last = Spread(count, layer.mean[-1], layer.std[-1])
    return layer_health.change_of_samples(last, last)


def _told(
    of: Evidence, history: History, quiet: Sequence[str], busy: Sequence[str], convention: str
) -> Finding:
    since = history.steps[-1 - PAIRS]
    others = f"{names(busy)} still {'changes' if len(busy) == 1 else 'change'}"
    if quiet:
        sentence = (
            f"{names(quiet)} {'has' if len(quiet) == 1 else 'have'} stopped changing: no more than "
            f"noise between each of the {PAIRS + 1} records since step {since:,}"
            f"{f'; {others}' if busy else ''}."
        )
    else:
        sentence = f"No layer has stopped changing: since step {since:,}, {others} at each record."
    told = quiet or busy
    return Finding(
        kind="stable" if quiet else "changing",
        severity="note",
        sentence=sentence,
        subjects=(of.subject,),
        layers=tuple(told),
        effect=len(told) / len(history.layers),
        scale="share",
        n=int(history.inputs[-1]),
        floor=0.01,
        convention=convention,
        link=links.at("architecture", of.subject, layers=told[:4]),
    )
