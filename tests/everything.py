"""Asks a page for everything there is."""

from __future__ import annotations

from tests.logs import subject
from tests.strip_logs import digest

STRIP = f"00000002-0-{digest('')}"
RUN = {"run": "run", "model": "model"}
ROUTES = {
    "distributions": lambda s, layer: {"layer": layer, "s": s},
    "divergence": lambda s, layer: {"layer": layer, "s": s},
    "layers": lambda s, _: {"s": s},
    "history": lambda _, layer: {"layer": layer, "unit": 0, "subset": "all", **RUN},
    "metrics": lambda *_: RUN,
    "instances": lambda *_: RUN,
    "thumbnail": lambda *_: {**RUN, "instance": 0},
    "predictions": lambda *_: {**RUN, "step": 0},
    "activations": lambda s, layer: {"layer": layer, "s": s[0], "i": 0},
    "neural_divergence": lambda *_: {**RUN, "step": 0, "i": 0},
    "graph": lambda s, layer: {"s": s, "open": layer},
    "similarity": lambda s, layer: {"layer": layer, "s": s[0]},
    "embedding": lambda *_: {**RUN, "step": 0},
    "influence": lambda s, layer: {"layer": layer, "unit": 0, "s": s[0]},
    "serves": lambda s, layer: {**RUN, "step": 0, "layer": layer, "unit": 0, "s": s[0]},
    "names": lambda *_: RUN,
    "examples": lambda _, layer: {**RUN, "step": 0, "layer": layer, "unit": 0},
    "facets": lambda *_: {**RUN, "step": 0},
    "facet_atlas": lambda _, layer: {**RUN, "layer": layer, "id": "00000001-0"},
    "thumbnails": lambda *_: RUN,
    "projection": lambda *_: {**RUN, "step": 0},
    "trail": lambda _, layer: {**RUN, "layer": layer, "instances": "0-1"},
    "neighbours": lambda _, layer: {**RUN, "step": 0, "layer": layer, "instance": 0},
    "strips": lambda *_: RUN,
    "strip": lambda *_: {**RUN, "id": STRIP},
    "strip_picture": lambda *_: {**RUN, "id": STRIP, "picture": 0},
    "saliency": lambda *_: {**RUN, "step": 0, "instance": 0, "method": "occlusion"},
    "architecture": lambda *_: RUN,
    "dead_units": lambda _, layer: {**RUN, "step": 0, "layer": layer},
    "health": lambda *_: {**RUN, "step": 0},
    "layer_series": lambda _, layer: {**RUN, "of": "separability", "layer": layer},
    "ablations": lambda *_: {**RUN, "step": 0},
    "ablation": lambda _, layer: {**RUN, "step": 0, "layer": layer, "unit": 0},
    "confusion": lambda *_: {**RUN, "step": 0, "true": 0, "predicted": 1},
    "attack_report": lambda *_: RUN,
}


PAIRS = (["all", "class:0"], ["class:0", "class:1"])


def ask_everything(page, layers):
    """Every answer is one, or says in plain text what is missing."""
    assert failures(page, layers) == []


def failures(page, layers, pairs=PAIRS, routes=tuple(ROUTES)):
    """Routes that answer neither what is asked for nor what is missing, with what they say."""
    found = [("index", index.text)] if (index := page.get("index")).status_code != 200 else []
    for layer in layers:
        for subsets in pairs:
            for route in routes:
                response = ask(page, route, layer, subsets)
                if response.status_code not in (200, 404):
                    found.append((route, response.text))
    return found


def ask(page, route, layer, subsets):
    """The response of one route."""
    s = [subject("run", step, subset) for step, subset in zip((0, 1), subsets, strict=True)]
    return page.get(route, **ROUTES[route](s, layer))
