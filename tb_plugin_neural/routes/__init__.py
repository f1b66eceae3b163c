"""Answer requests: one function per route, with its declared arguments and answer."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tensorboard import errors

from tb_plugin_neural.routes import answers as of
from tb_plugin_neural.routes.activations.architecture import (
    architecture,
    dead_units,
    layer_series,
)
from tb_plugin_neural.routes.activations.distributions import (
    distributions,
    divergence,
    history,
    layers,
)
from tb_plugin_neural.routes.activations.examples import examples, facet_atlas, facets, thumbnails
from tb_plugin_neural.routes.activations.health import health
from tb_plugin_neural.routes.activations.instances import (
    activations,
    instances,
    neural_divergence,
    predictions,
    thumbnail,
)
from tb_plugin_neural.routes.activations.metrics import metrics
from tb_plugin_neural.routes.activations.projection import neighbours, projection, trail
from tb_plugin_neural.routes.contents.index import index
from tb_plugin_neural.routes.findings import findings
from tb_plugin_neural.routes.graphs.classes import embedding, similarity
from tb_plugin_neural.routes.graphs.graph import graph
from tb_plugin_neural.routes.graphs.units import influence, names, serves
from tb_plugin_neural.routes.requests import files
from tb_plugin_neural.routes.requests.declared import PICTURE, Content, Route
from tb_plugin_neural.routes.requests.files import static
from tb_plugin_neural.routes.what_if.ablations import ablation, ablations
from tb_plugin_neural.routes.what_if.attack_report import attack_report
from tb_plugin_neural.routes.what_if.confusion import confusion
from tb_plugin_neural.routes.what_if.saliency import saliency
from tb_plugin_neural.routes.what_if.strips import strip, strip_picture, strips

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug import Request, Response

    from tb_plugin_neural.store.store import Store

MODEL = ("run", "model")
AT = (*MODEL, "step")
UNIT = ("layer", "unit")
COUNTING = ("mass", "of")
ANCHOR = ("anchor_run", "anchor_model")

ROUTES: Mapping[str, Route] = {
    "/index": Route(index, of.index.INDEX),
    "/findings": Route(findings, of.findings.FINDINGS, ("s*",)),
    "/distributions": Route(
        distributions, of.distributions.DISTRIBUTIONS, ("layer", "s*"), ("unit",)
    ),
    "/divergence": Route(divergence, of.distributions.DIVERGENCE, ("layer", "s*")),
    "/layers": Route(layers, of.distributions.LAYERS, ("s*",)),
    "/history": Route(history, of.distributions.HISTORY, (*MODEL, *UNIT, "subset")),
    "/metrics": Route(metrics, of.distributions.METRICS, MODEL, ("step",)),
    "/instances": Route(instances, of.instances.INSTANCES, MODEL),
    "/thumbnail": Route(thumbnail, PICTURE, (*MODEL, "instance"), ("hash",)),
    "/predictions": Route(predictions, of.instances.PREDICTIONS, AT),
    "/activations": Route(activations, of.instances.ACTIVATIONS, ("layer", "s"), ("i*", "unit")),
    "/neural_divergence": Route(neural_divergence, of.instances.NEURAL_DIVERGENCE, (*AT, "i*")),
    "/graph": Route(
        graph,
        of.graphs.GRAPH,
        ("s*",),
        ("measure", *COUNTING, "keep", "ranking", "lift", "directed", "open*", "rows"),
    ),
    "/similarity": Route(similarity, of.graphs.SIMILARITY, ("s", "layer"), COUNTING),
    "/embedding": Route(embedding, of.graphs.EMBEDDING, AT, COUNTING),
    "/influence": Route(influence, of.graphs.INFLUENCE, ("s", *UNIT), ("measure",)),
    "/serves": Route(serves, of.graphs.SERVES, (*AT, *UNIT), (*COUNTING, "s")),
    "/examples": Route(examples, of.graphs.EXAMPLES, (*AT, *UNIT)),
    "/facets": Route(facets, of.graphs.FACETS, AT),
    "/facet_atlas": Route(facet_atlas, PICTURE, (*MODEL, "layer", "id")),
    "/thumbnails": Route(thumbnails, of.instances.THUMBNAILS, MODEL, ("hash", "first", "count")),
    "/names": Route(names, of.graphs.NAMES, MODEL),
    "/projection": Route(projection, of.instances.PROJECTION, AT, ("instances", "method", *ANCHOR)),
    "/trail": Route(
        trail,
        of.instances.TRAIL,
        (*MODEL, "layer", "instances"),
        ("among", "method", *ANCHOR),
    ),
    "/neighbours": Route(neighbours, of.instances.NEIGHBOURS, (*AT, "layer", "instance")),
    "/strips": Route(strips, of.what_if.STRIPS, MODEL),
    "/strip": Route(strip, of.what_if.STRIP, (*MODEL, "id")),
    "/strip_picture": Route(strip_picture, PICTURE, (*MODEL, "id", "picture")),
    "/saliency": Route(saliency, of.instances.SALIENCY, (*AT, "instance", "method")),
    "/ablations": Route(ablations, of.what_if.ABLATIONS, AT, ("replacement",)),
    "/ablation": Route(ablation, of.what_if.ABLATION, (*AT, *UNIT), ("replacement",)),
    "/confusion": Route(confusion, of.what_if.CONFUSION, (*AT, "true", "predicted")),
    "/attack_report": Route(attack_report, of.what_if.ATTACK_REPORT, MODEL, ("step",)),
    "/architecture": Route(architecture, of.architecture.ARCHITECTURE, MODEL),
    "/dead_units": Route(dead_units, of.architecture.DEAD_UNITS, (*AT, "layer")),
    "/health": Route(health, of.architecture.HEALTH, AT),
    "/layer_series": Route(
        layer_series,
        of.architecture.LAYER_SERIES,
        (*MODEL, "of"),
        ("since", "layer*", "step", "most", "s*"),
    ),
    "/static/*": Route(static, Content(tuple(sorted({*files.TYPES.values()})))),
}


class MethodNotAllowed(errors.PublicError):
    """The request does something else than reading."""

    http_code = 405


def reading(route: Route) -> Callable[[Store, Request], Response]:
    """Make a route that answers only GET and HEAD: no route has a side effect."""

    @functools.wraps(route.function)
    def answer(store: Store, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            error = MethodNotAllowed(f"{request.method} is not answered here, only GET")
            error.headers.append(("Allow", "GET, HEAD"))
            raise error
        return route.function(store, request)

    return answer
