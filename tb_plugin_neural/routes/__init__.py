"""What the backend answers: one function a route, each a function of the store and the request."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tensorboard import errors

from tb_plugin_neural.routes.ablations import ablation, ablations
from tb_plugin_neural.routes.architecture import architecture, layer_series
from tb_plugin_neural.routes.attack_report import attack_report
from tb_plugin_neural.routes.classes import embedding, similarity
from tb_plugin_neural.routes.distributions import distributions, divergence, history, layers
from tb_plugin_neural.routes.examples import examples, facet_atlas, facets, thumbnails
from tb_plugin_neural.routes.files import static
from tb_plugin_neural.routes.graph import graph
from tb_plugin_neural.routes.index import index
from tb_plugin_neural.routes.instances import (
    activations,
    instances,
    neural_divergence,
    predictions,
    thumbnail,
)
from tb_plugin_neural.routes.metrics import metrics
from tb_plugin_neural.routes.projection import neighbours, projection, trail
from tb_plugin_neural.routes.saliency import saliency
from tb_plugin_neural.routes.strips import strip, strip_picture, strips
from tb_plugin_neural.routes.units import influence, names, serves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug import Request, Response

    from tb_plugin_neural.store import Store

    Route = Callable[[Store, Request], Response]

ROUTES: Mapping[str, Route] = {
    "/index": index,
    "/distributions": distributions,
    "/divergence": divergence,
    "/layers": layers,
    "/history": history,
    "/metrics": metrics,
    "/instances": instances,
    "/thumbnail": thumbnail,
    "/predictions": predictions,
    "/activations": activations,
    "/neural_divergence": neural_divergence,
    "/graph": graph,
    "/similarity": similarity,
    "/embedding": embedding,
    "/influence": influence,
    "/serves": serves,
    "/examples": examples,
    "/facets": facets,
    "/facet_atlas": facet_atlas,
    "/thumbnails": thumbnails,
    "/names": names,
    "/projection": projection,
    "/trail": trail,
    "/neighbours": neighbours,
    "/strips": strips,
    "/strip": strip,
    "/strip_picture": strip_picture,
    "/saliency": saliency,
    "/ablations": ablations,
    "/ablation": ablation,
    "/attack_report": attack_report,
    "/architecture": architecture,
    "/layer_series": layer_series,
    "/static/*": static,
}


class MethodNotAllowed(errors.PublicError):
    """Something else than reading was asked for."""

    http_code = 405


def reading(route: Route) -> Route:
    """A route that answers nothing but GET and HEAD: nothing here has a side effect."""

    @functools.wraps(route)
    def answer(store: Store, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            error = MethodNotAllowed(f"{request.method} is not answered here, only GET")
            error.headers.append(("Allow", "GET, HEAD"))
            raise error
        return route(store, request)

    return answer
