"""A page on two runs of three steps with a probe set, once for each data server."""

from __future__ import annotations

import numpy as np
import pytest

from tb_plugin_neural.contract.graph_records import UnitName, UnitNames
from tests import graph_logs, projection_logs, removal_logs, strip_logs
from tests.logs import (
    Log,
    activations,
    half,
    predictions,
    probe,
    session,
    step_of,
)
from tests.routes.probed import LABELS, PROBABILITIES, graph_step, instances_of, png
from tests.servers import SERVERS, Page, serving, start_python


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    """Two runs of three steps with a probe set, from different weights."""
    path = tmp_path_factory.mktemp("logs")
    pictures = [png(seed)[0] for seed in range(len(LABELS))]
    for run, seed in (("one", 0), ("two", 500)):
        with Log(path / run) as log:
            shown = probe(len(LABELS), pictures=pictures)
            log.write(0, [session(weights=f"weights of {run}", probe=shown.hash), shown])
            for step in (0, 10, 20):
                found = step_of(seed + step)
                found["fc"].append(half(instances_of(seed + step)))
                for layer, group in graph_step(seed + step).items():
                    found[layer] += group
                for layer, units in (("fc", 4), ("logits", 3)):
                    full = activations(seed + step, inputs=len(LABELS), units=units)["class:1"]
                    found[layer] += [
                        projection_logs.pivot_distances(full, [1, 4, 5]),
                        projection_logs.neighbours(full),
                    ]
                log.write(step, found)
                log.write(step, [predictions(PROBABILITIES, LABELS)])
            once = [graph_logs.topology(), UnitNames((UnitName("fc", 2, "dog face"),))]
            log.write(20, {"": once, "fc": graph_logs.facets([3, 1], png(99, 12)[0])})
            found = strip_logs.strip([png(seed)[0] for seed in range(12)])
            log.write(20, {strip_logs.key(found): found})
            maps = np.arange(2 * 3 * 4).reshape(2, 3, 4)
            log.write(20, {"occlusion": strip_logs.saliency([3, 0], maps)})
            log.write(20, [removal_logs.ablations(), removal_logs.attack_report()])
    return path


@pytest.fixture(scope="module", params=SERVERS)
def page(request, logdir):
    with serving(request.param) as provide:
        yield Page(provide(logdir))


@pytest.fixture(scope="module")
def page_of_graphs(tmp_path_factory):
    """A page on a run of three steps with all that graphs are made of."""
    path = tmp_path_factory.mktemp("graphs")
    with Log(path / "one") as log:
        layers = graph_logs.LAYERS
        log.write(0, [session(layers=layers, weights="a", probe="probe-1"), probe(6)])
        log.write(0, [graph_logs.topology()])
        for step in (0, 10, 20):
            log.write(step, graph_logs.step_of(step))
        instance = [[5, 0, 9]] * 5
        position = [[[0, 7], [3, 0], [1, 1]]] * 5
        log.write(20, {"conv": graph_logs.examples(instance, position)})
        log.write(20, {"conv": graph_logs.facets([4, 0, 1, 2, 3], png(0, 12)[0])})
    return Page(start_python(path))
