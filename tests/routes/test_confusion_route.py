"""Why one class is predicted as another, of a made-up network that is known."""

from __future__ import annotations

import numpy as np
import pytest

from tb_plugin_neural.contract.records import Layer
from tests.logs import CLASSES, Log, class_metrics, half, predictions, probe, session
from tests.removal_logs import ablations
from tests.servers import Page, start_python

SIZE, UNITS = 90, 6
LABELS = tuple(at % 3 for at in range(SIZE))
RUN = {"run": "run", "model": "model", "step": 10}
CONFUSION = [[30, 9, 1], [8, 31, 1], [0, 2, 38]]
ABLATED = (
    (0, "fc", 0, 0.5, 0.4, 5, 1),
    (0, "fc", 1, 0.5, 0.4, 5, 2),
    (0, "fc", 2, 0.5, 0.4, 8, 3),
    (1, "fc", 3, 0.5, 0.4, 2, 0),
)


def network():
    """Hidden activations, the weights to the logits, and the logits of the probe set."""
    random = np.random.default_rng(5)
    x = np.maximum(0, random.normal(0.6, 1, (SIZE, UNITS)))
    x[np.arange(SIZE), LABELS] += 1.2
    x = x.astype(np.float16).astype(np.float64)
    weight = random.normal(0, 0.4, (UNITS, 3))
    weight[np.arange(3), np.arange(3)] += 1.5
    return x, weight, (x @ weight).astype(np.float16).astype(np.float64)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("confusions")
    x, _, logits = network()
    layers = (Layer("fc", "ReLU", UNITS, "none"), Layer("logits", "Linear", 3, "none", output=True))
    shown = probe(SIZE)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    with Log(path / "run") as log:
        log.write(0, [session(layers=layers, probe=shown.hash), shown])
        found = [class_metrics(CONFUSION), predictions(p, shown.labels)]
        log.write(10, {"": found, "fc": half(x), "logits": half(logits)})
    with Log(path / "run" / "neural-ablations", session="00000002", clock=2000.0) as log:
        log.write(10, [session(layers=layers, addition=True)])
        log.write(10, [ablations(ABLATED)])
    with Log(path / "bare") as log:
        log.write(0, [session(layers=layers)])
        log.write(10, [class_metrics(CONFUSION)])
    return Page(start_python(path))


@pytest.fixture(scope="module")
def answer(page):
    return page.json("confusion", **RUN, true=0, predicted=1)


def masks():
    x, _, logits = network()
    labels, said = np.array(probe(SIZE).labels), logits.argmax(1)
    mine = labels == 0
    return x, mine & (said == 1), mine & (said == 0), (labels == 1) & (said == 1)


def test_it_counts_the_inputs_and_the_instances(answer):
    _, confused, correct, _ = masks()
    assert answer["counts"] == {"step": 10, "inputs": [40, 40], "confused": [9, 8]}
    assert (answer["confusedCount"], answer["correctCount"]) == (confused.sum(), correct.sum())
    assert {one["instance"] for one in answer["confused"]} == set(np.flatnonzero(confused))
    assert answer["confusedCount"] > 1
    sure = [one["probability"] for one in answer["confused"]]
    assert sure == sorted(sure, reverse=True)


def test_the_nearest_instances_are_those_by_distance_in_the_last_hidden_layer(answer):
    x, _, correct, other = masks()
    assert answer["layer"] == "fc"
    for one in answer["confused"]:
        for near, among in ((one["nearestOwn"], correct), (one["nearestOther"], other)):
            distances = np.linalg.norm(x - x[one["instance"]], axis=1)
            assert near["instance"] == np.where(among, distances, np.inf).argmin()
            assert near["distance"] == pytest.approx(distances[near["instance"]], rel=1e-3)


def test_units_push_by_their_weight_and_the_difference_of_their_means(answer):
    x, confused, correct, other = masks()
    _, weight, logits = network()
    push = (weight[:, 1] - weight[:, 0]) * (x[confused].mean(0) - x[correct].mean(0))
    expected = [unit for unit in np.argsort(-push) if push[unit] > 0]
    assert [one["unit"] for one in answer["units"]] == expected
    for one in answer["units"]:
        assert one["push"] == pytest.approx(push[one["unit"]], abs=0.02)
        means = [x[mask][:, one["unit"]].mean() for mask in (confused, correct, other)]
        assert one["means"] == pytest.approx(means, rel=1e-3)
    margin = logits[:, 1] - logits[:, 0]
    gaps = [margin[confused].mean(), margin[correct].mean()]
    assert answer["margins"] == pytest.approx(gaps, abs=2e-3)
    assert answer["explained"] == pytest.approx(1, abs=0.02)
    assert answer["basis"] == "logits"


def test_ablations_verify_what_they_bear_out_and_the_others_are_to_be_measured(answer):
    verdicts = {one["unit"]: one["verdict"] for one in answer["units"]}
    ablated = {one["unit"]: one["ablation"] for one in answer["units"]}
    assert ablated[0]["correctAfter"] == 5
    assert verdicts[0] == "verified"  # three inputs less are right, most of them predicted as 1
    assert {verdicts[unit] for unit in (1, 2) if unit in verdicts} <= {"not confirmed"}
    left = [unit for unit in verdicts if ablated[unit] is None]
    assert {verdicts[unit] for unit in left} == {"predicted"}
    assert answer["call"] == (
        f'add_ablations(writer, recorder, loader, step=10, classes=[0], units={{"fc": {left}}}, '
        "top=0)"
    )
    assert answer["ablationStep"] == 10


def test_a_run_without_a_probe_set_answers_what_there_is(page):
    found = page.json("confusion", **{**RUN, "run": "bare"}, true=0, predicted=1)
    assert found["counts"]["confused"] == [9, 8]
    assert (found["confused"], found["units"], found["layer"], found["call"]) == (
        [],
        [],
        None,
        None,
    )


def test_what_is_no_confusion_is_refused(page):
    assert page.get("confusion", **RUN, true=1, predicted=1).status_code == 400
    response = page.get("confusion", **RUN, true=0, predicted=len(CLASSES))
    assert response.status_code == 404
    assert "class 3 of 3" in response.text
