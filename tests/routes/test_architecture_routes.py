"""The architecture, and one number a layer and step, against a network that is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.feature_selection import f_classif
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder
from tb_plugin_neural.contract.records import Layer
from tests import graph_logs
from tests.logs import Log, histograms, moments, session, subject
from tests.recording import digits
from tests.servers import Page, start_python

RUN = {"run": "run", "model": "model"}
STEPS, DEAD, HIDDEN = (0, 5, 9), 3, 12


class Network(nn.Module):
    """A dense block that is passed over, with units that are dead."""

    def __init__(self) -> None:
        super().__init__()
        self.flat, self.one, self.relu = nn.Flatten(), nn.Linear(64, HIDDEN), nn.ReLU()
        self.two, self.head = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, 10)
        with torch.no_grad():
            self.one.bias[:DEAD] = -100

    def forward(self, images):
        hidden = self.relu(self.one(self.flat(images)))
        return self.head(hidden + self.relu(self.two(hidden)))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A page, and activations `[steps, inputs, units]` of the first ReLU, with labels."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("architecture")
    images, labels = (part[:120] for part in digits())
    model, seen = Network(), []
    with SummaryWriter(str(path / "run")) as writer:
        recorder = Recorder(model, layers=["relu", "two", "head"], verbose=False)
        for step in STEPS:
            recorder.run([(images, labels)], progress=False)
            recorder.write(writer, step)
            with torch.no_grad():
                seen.append(model.relu(model.one(model.flat(images))).numpy())
                model.one.weight += 0.05
    return Page(start_python(path)), np.stack(seen), labels.numpy()


def test_shapes_parameters_and_links_are_those_of_the_network(recorded):
    found = recorded[0].json("architecture", **RUN)
    numbers = [64 * HIDDEN + HIDDEN, HIDDEN * HIDDEN + HIDDEN, HIDDEN * 10 + 10]
    assert found["parameters"] == sum(numbers)
    columns = [
        tuple(layer[key] for key in ("name", "type", "units", "shape", "parameters", "output"))
        for layer in found["layers"]
    ]
    assert columns == [
        ("relu", "ReLU", HIDDEN, [HIDDEN], 0, False),
        ("two", "Linear", HIDDEN, [HIDDEN], numbers[1], False),
        ("relu:1", "ReLU", HIDDEN, [HIDDEN], 0, False),
        ("head", "Linear", 10, [10], numbers[2], True),
    ]
    assert [layer["weights"] for layer in found["layers"]] == [
        numbers[0],
        numbers[1],
        0,
        numbers[2],
    ]
    assert found["links"] == [
        ["relu", "two", "direct"],
        ["two", "relu:1", "identity"],
        ["relu", "head", "direct"],
        ["relu:1", "head", "direct"],
    ]


def series(page, of, **arguments):
    arrays, meta = page.arrays("layer_series", of=of, **RUN, **arguments)
    assert meta["steps"] == [*STEPS]
    assert arrays["values"].shape == arrays["noise"].shape == (len(meta["layers"]), len(STEPS))
    rows = dict(zip(meta["layers"], arrays["values"], strict=True))
    return rows, meta, dict(zip(meta["layers"], arrays["noise"], strict=True))


def test_dead_units_are_counted(recorded):
    page, seen, _ = recorded
    found, meta, _ = series(page, "dead")
    assert meta["layers"] == ["relu", "two", "relu:1", "head"]
    assert found["relu"] == pytest.approx((seen == 0).all(1).mean(1), rel=1e-6)
    assert found["relu"][0] >= DEAD / HIDDEN
    assert found["head"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("record", range(len(STEPS)))
def test_dead_units_are_named_and_those_of_the_first_record_too(recorded, record):
    page, seen, _ = recorded
    found = page.json("dead_units", **RUN, step=STEPS[record] + 1, layer="relu")
    assert found == {
        "step": STEPS[record],
        "inputs": seen.shape[1],
        "units": np.flatnonzero((seen[record] == 0).all(0)).tolist(),
        "first": STEPS[0],
        "before": np.flatnonzero((seen[0] == 0).all(0)).tolist(),
    }


def test_dead_units_of_no_layer_are_not_found(recorded):
    answer = recorded[0].get("dead_units", **RUN, step=0, layer="nowhere")
    assert answer.status_code == 404
    assert "layer 'nowhere'" in answer.text


def test_separability_is_that_of_the_activations(recorded):
    page, seen, labels = recorded
    found, _, noise = series(page, "separability", layer="relu")
    for step, values in enumerate(seen):
        f = f_classif(values[:, values.std(0) > 0], labels)[0]
        expected = f * 9 / (f * 9 + len(labels) - 10)
        assert found["relu"][step] == pytest.approx(expected.mean(), rel=1e-4)
    assert noise["relu"] == pytest.approx(9 / 119)


@pytest.mark.parametrize(("since", "base"), [(None, 0), (5, 1), (7, 1), (-3, 0)])
def test_change_is_counted_from_a_recorded_step(recorded, since, base):
    page, seen, _ = recorded
    asked = {} if since is None else {"since": since}
    found, meta, _ = series(page, "change", layer=["relu", "head"], **asked)
    assert meta["since"] == STEPS[base]
    assert found["relu"][base] == found["head"][base] == 0
    mean, var = seen.mean(1), seen.var(1)
    pooled = np.sqrt((var + var[base]) / 2)
    with np.errstate(invalid="ignore"):
        units = np.where(pooled > 0, np.abs(mean - mean[base]) / pooled, 0)
    assert found["relu"] == pytest.approx(units.mean(1), rel=1e-4, abs=1e-6)


def test_divergence_is_that_of_the_layers_at_each_step(recorded):
    page = recorded[0]
    pair = [subject("run", 9, "class:0"), subject("run", 9, "class:1")]
    found, _, _ = series(page, "divergence", s=pair)
    for place, step in enumerate(STEPS):
        at = [subject("run", step, "class:0"), subject("run", step, "class:1")]
        told = page.json("layers", s=at)["layers"]
        for layer in told:
            assert found[layer["name"]][place] == pytest.approx(layer["mean"], rel=1e-5, abs=1e-7)


def test_a_pinned_subject_stays_where_it_is(recorded):
    page = recorded[0]
    pair = [subject("run", 9, "class:0"), subject("run", 0, "class:0")]
    found, _, _ = series(page, "divergence", s=pair, layer="relu")
    assert found["relu"][0] == 0
    assert found["relu"][2] > 0


@pytest.mark.parametrize(("most", "steps"), [(1, [9]), (2, [0, 9]), (3, [0, 5, 9]), (9, [0, 5, 9])])
def test_few_steps_are_answered_where_few_are_asked_for(recorded, most, steps):
    whole = recorded[0].arrays("layer_series", of="change", **RUN)[0]["values"]
    arrays, meta = recorded[0].arrays("layer_series", of="change", most=most, **RUN)
    assert (meta["steps"], meta["since"]) == (steps, 0)
    np.testing.assert_array_equal(arrays["values"], whole[:, [STEPS.index(one) for one in steps]])


@pytest.mark.parametrize(("step", "found"), [(5, 5), (8, 5), (99, 9), (-1, 0)])
def test_one_step_is_answered_where_one_is_asked_for(recorded, step, found):
    whole = recorded[0].arrays("layer_series", of="dead", **RUN)[0]["values"]
    arrays, meta = recorded[0].arrays("layer_series", of="dead", step=step, **RUN)
    assert meta["steps"] == [found]
    np.testing.assert_array_equal(arrays["values"][:, 0], whole[:, STEPS.index(found)])


def test_what_is_asked_wrongly_is_named(recorded):
    page = recorded[0]
    assert "expected one of" in page.get("layer_series", of="beauty", **RUN).text
    missing = page.get("layer_series", of="dead", layer="nowhere", **RUN)
    assert (missing.status_code, "nowhere" in missing.text) == (404, True)
    assert page.get("layer_series", of="divergence", **RUN).status_code == 400


def test_logs_without_sizes_links_and_moments_say_so_by_nothing(open_page, tmp_path):
    values = {"class:0": np.ones((4, 4)), "class:1": np.zeros((4, 4))}
    layers = (Layer("fc", "ReLU", 4, "none"), Layer("gone", "ReLU", 4, "none"))
    with Log(tmp_path / "run") as log:
        log.write(0, {"": [session(layers=layers)], "fc": [histograms(values), moments(values)]})
    page = open_page(tmp_path)
    found = page.json("architecture", **RUN)
    assert (found["parameters"], found["links"], found["notes"]) == (None, [], [])
    assert [layer["shape"] for layer in found["layers"]] == [None, None]
    for of, value in (("dead", 0), ("separability", 1), ("change", 0)):
        arrays, _ = page.arrays("layer_series", of=of, **RUN)
        np.testing.assert_array_equal(arrays["values"], [[value], [np.nan]])


def test_a_labels_classes_overlap_so_that_nothing_lies_between_them(open_page, tmp_path):
    values = {key: np.full((4, 4), place) for place, key in enumerate(("class:0", "class:1"))}
    with Log(tmp_path / "run") as log:
        log.write(0, [session(task="multilabel"), graph_logs.topology()])
        log.write(0, {"fc": moments(values)})
    arrays, _ = open_page(tmp_path).arrays("layer_series", of="separability", layer="fc", **RUN)
    assert np.isnan(arrays["values"]).all()


def test_layers_recorded_at_different_steps_have_numbers_where_they_are_recorded(
    open_page, tmp_path
):
    names = [f"layer{at}" for at in range(40)]
    layers = tuple(Layer(name, "ReLU", 2, "none") for name in names)
    dead = {"class:0": np.zeros((4, 2)), "class:1": np.zeros((4, 2))}
    alive = {"class:0": np.ones((4, 2)), "class:1": np.full((4, 2), 2.0)}
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=layers)])
        for at, name in enumerate(names):
            values = dead if at % 2 else alive
            log.write(3 * at, {name: [moments(values), histograms(values)]})
    page = open_page(tmp_path)
    (model,) = page.json("index")["models"]
    assert model["recorded"]["moments"] == [3 * at for at in range(40)]
    arrays, meta = page.arrays("layer_series", of="dead", **RUN)
    assert meta["steps"] == [3 * at for at in range(40)]
    expected = np.full((40, 40), np.nan)
    np.fill_diagonal(expected, np.arange(40) % 2)
    np.testing.assert_array_equal(arrays["values"], expected)
    pair = [subject("run", 0, "class:0"), subject("run", 0, "class:1")]
    apart = page.arrays("layer_series", of="divergence", s=pair, **RUN)[0]["values"]
    np.testing.assert_array_equal(np.isfinite(apart), np.eye(40, dtype=bool))
