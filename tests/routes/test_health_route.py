"""How every layer fares, counted anew."""

from __future__ import annotations

import numpy as np
import pytest

from tests.logs import Log, class_metrics, moments, session, step_of
from tests.servers import Page, start_python

RUN = {"run": "run", "model": "model"}


def values(step):
    """Activations `[inputs, 4]` of three classes; unit 1 is dead at step 10, unit 3 constant."""
    random = np.random.default_rng(step)
    found = {}
    for at, subset in enumerate(("class:0", "class:1", "class:2")):
        x = np.maximum(0.01, random.normal(1 + at, 1, (40, 4))).astype(np.float32)
        x[:, 3] = 0.5
        if step == 10:
            x[:, 1] = 0
        found[subset] = x
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("health")
    with Log(path / "run") as log:
        log.write(0, [session()])
        for step in (0, 10):
            log.write(step, {"fc": moments(values(step)), "logits": step_of(step)["logits"]})
    with Log(path / "bare") as log:
        log.write(0, [session()])
        log.write(0, [class_metrics([[3, 1, 0], [0, 4, 0], [0, 0, 4]])])
    return Page(start_python(path))


def by_state(layer):
    return {one["state"]: one["units"] for one in layer["states"] if one["count"]}


def test_units_are_counted_by_their_state(page):
    found = page.json("health", **RUN, step=10)
    assert (found["step"], found["since"], found["inputs"]) == (10, 0, 120)
    layer = found["layers"][0]
    assert (layer["name"], layer["units"]) == ("fc", 4)
    assert by_state(layer) == {"dead": [1], "constant": [3]}
    assert by_state(page.json("health", **RUN, step=5)["layers"][0]) == {"constant": [3]}


def test_change_and_separability_are_those_of_the_plain_formulas(page):
    layer = page.json("health", **RUN, step=10)["layers"][0]
    now, then = (np.concatenate(list(values(step).values())).astype(float) for step in (10, 0))
    pooled = np.sqrt((now.var(0) + then.var(0)) / 2)
    shift = np.abs(now.mean(0) - then.mean(0))
    change = np.mean(np.divide(shift, pooled, out=np.zeros(4), where=shift > 0))
    assert layer["change"] == pytest.approx(change, rel=1e-3)
    groups = values(10)
    between = np.mean([(x.mean(0) - now.mean(0)) ** 2 for x in groups.values()], axis=0)
    varies = now.var(0) > 1e-9
    assert layer["separability"] == pytest.approx(
        (between / now.var(0).clip(1e-30))[varies].mean(), rel=1e-3
    )


def test_the_first_record_has_nothing_to_change_from(page):
    found = page.json("health", **RUN, step=0)
    assert found["since"] is None
    assert {layer["change"] for layer in found["layers"]} == {None}


def test_a_run_without_moments_has_no_layers(page):
    assert page.json("health", run="bare", model="model", step=0)["layers"] == []
