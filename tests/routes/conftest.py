"""A page on two runs of three steps with a probe set, once for each data server."""

from __future__ import annotations

import pytest

from tb_plugin_neural.graph_records import UnitName, UnitNames
from tests import graph_logs
from tests.logs import (
    Log,
    half,
    predictions,
    probe,
    session,
    step_of,
)
from tests.routes.probed import LABELS, PROBABILITIES, graph_step, instances_of, png
from tests.servers import SERVERS, Page, serving


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
                log.write(step, found)
                log.write(step, [predictions(PROBABILITIES, LABELS)])
            once = [graph_logs.topology(), UnitNames((UnitName("fc", 2, "dog face"),))]
            log.write(20, {"": once, "fc": graph_logs.facets([3, 1], png(99, 12)[0])})
    return path


@pytest.fixture(scope="module", params=SERVERS)
def page(request, logdir):
    with serving(request.param) as provide:
        yield Page(provide(logdir))
