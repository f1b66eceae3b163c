"""Answer the health of every layer at a step: idle units, change, separability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tb_plugin_neural.analysis.findings.conventions import STATES, states
from tb_plugin_neural.analysis.findings.finding import Subject, listed
from tb_plugin_neural.lookup import layer_numbers
from tb_plugin_neural.lookup.evidence import evidence, identity, recorded_steps
from tb_plugin_neural.lookup.subjects import ALL
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.routes.requests.arguments import rounded

if TYPE_CHECKING:
    from werkzeug import Request, Response

    from tb_plugin_neural.analysis.findings.evidence import LayerEvidence
    from tb_plugin_neural.store.sessions import Model
    from tb_plugin_neural.store.store import Store


def health(store: Store, request: Request) -> Response:
    """Answer the state of every layer at a step, over all inputs."""
    model, step = arguments.model(store, request), arguments.integer(request, "step")
    found = evidence(store, Subject(model.run, model.name, step, ALL))
    at = found.subject.step
    earlier = [one for one in recorded_steps(model) if one < at]
    since = earlier[-1] if earlier else None

    def make() -> tuple[list[dict[str, Any]], int]:
        answers = [_layer(store, model, layer, at, since) for layer in found.layers.values()]
        return answers, 2000 * (1 + len(answers))

    known = [identity(store, model, one) for one in (at, since) if one is not None]
    key = ("health", model.run, model.name, at, since, *known)
    layers = store.decoder.cache.get(key, make)
    return arguments.document(
        request, {"step": at, "since": since, "inputs": found.inputs, "layers": layers}
    )


def _layer(
    store: Store, model: Model, layer: LayerEvidence, step: int, since: int | None
) -> dict[str, Any]:
    now = states(layer)
    separates = layer_numbers.at(store, model, layer.name, step, "separability", step)
    moved = layer_numbers.NOTHING
    if since is not None:
        moved = layer_numbers.at(store, model, layer.name, step, "change", since)
    return {
        "name": layer.name,
        "type": layer.type,
        "output": layer.output,
        "units": layer.units,
        "states": [
            {
                "state": state,
                "count": int(now.of[state].sum()),
                "units": listed(now.of[state].nonzero()[0]),
            }
            for state in STATES
        ],
        "change": rounded(moved.value),
        "changeNoise": rounded(moved.noise),
        "separability": rounded(separates.value),
        "separabilityNoise": rounded(separates.noise),
    }
