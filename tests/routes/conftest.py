"""A page on two runs of three steps with a probe set, once for each data server."""

from __future__ import annotations

import pytest

from tests.logs import (
    Log,
    half,
    predictions,
    probe,
    session,
    step_of,
)
from tests.routes.probed import LABELS, PROBABILITIES, instances_of, png
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
                log.write(step, found)
                log.write(step, [predictions(PROBABILITIES, LABELS)])
    return path


@pytest.fixture(scope="module", params=SERVERS)
def page(request, logdir):
    with serving(request.param) as provide:
        yield Page(provide(logdir))
