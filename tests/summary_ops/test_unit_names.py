"""Names of units, written beside what a run recorded."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder
from summary_ops.arrays.unit_names import annotate_units
from tb_plugin_neural.contract.graph_records import UnitNames
from tb_plugin_neural.contract.records import Histograms, Moments
from tb_plugin_neural.lookup import pictures
from tests.summary_ops.networks import Vgg, digits
from tests.summary_ops.written import last, store_of

CLASSES = [str(digit) for digit in range(10)]


def record(recorder: Recorder, writer: SummaryWriter, *steps: int) -> None:
    images, labels = digits()
    for step in steps:
        recorder.run(DataLoader(TensorDataset(images[:200], labels[:200]), 100), progress=False)
        recorder.write(writer, step)


def recorder_of(name: str = "model") -> Recorder:
    return Recorder(Vgg(), classes=CLASSES, name=name, graph=None, verbose=False)


def test_names_join_the_model_and_hide_nothing_of_it(provide, tmp_path):
    with SummaryWriter(str(tmp_path / "run")) as writer:
        recorder = recorder_of()
        record(recorder, writer, 0, 3)
        annotate_units(writer, {"features.2": {4: "a corner"}}, step=3)
        annotate_units(writer, {"features.2": {5: "an edge"}})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            record(recorder, writer, 6)  # names are no second recorder of that name
        moments = last(tmp_path / "run", Moments, "features.2")
    with SummaryWriter(str(tmp_path / "run")) as writer:  # another process, later
        annotate_units(writer, {"features.2": {4: "a bend"}, "classifier.3": {9: "nine"}})
    store = store_of(provide(tmp_path))
    (model,) = store.snapshot.models
    assert store.steps(model, Histograms, "features.2") == [0, 3, 6]
    assert model.about.classes == tuple(CLASSES)
    assert [layer.name for layer in model.about.layers] == list(recorder.pipeline.observed.layers)
    _, found = store.find(model, Moments, "features.2", 6)
    np.testing.assert_array_equal(found.mean, moments.mean)
    assert pictures.names(store, model) == {
        "features.2": {4: "a bend", 5: "an edge"},
        "classifier.3": {9: "nine"},
    }


def test_of_several_names_at_one_step_the_later_one_is_shown(provide, tmp_path):
    with SummaryWriter(str(tmp_path / "run")) as writer:
        record(recorder_of(), writer, 0)
        for name in ("fur", "dog fur"):
            annotate_units(writer, {"features.2": {4: name}})
        annotate_units(writer, {"features.2": {1: "sky"}})
    store = store_of(provide(tmp_path))
    (model,) = store.snapshot.models
    assert pictures.names(store, model) == {"features.2": {4: "dog fur", 1: "sky"}}


def test_names_belong_to_the_model_of_that_name(provide, tmp_path):
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for name in ("generator", "critic"):
            record(recorder_of(name), writer, 0)
        annotate_units(writer, {"features.2": {4: "noise"}}, name="critic")
    store = store_of(provide(tmp_path))
    found = {model.name: pictures.names(store, model) for model in store.snapshot.models}
    assert found == {"generator": {}, "critic": {"features.2": {4: "noise"}}}


def test_names_come_as_the_page_exports_them(writer, tmp_path):
    exported = json.loads('{"features.2": {"4": "corner", "12": "Straße ☂"}}')
    annotate_units(writer, exported, step=7)
    annotate_units(writer, {"features.2": {np.int64(3): "edge"}}, step=8)
    writer.flush()
    named = last(tmp_path / "run", UnitNames).names
    assert [(one.layer, one.unit, one.name) for one in named] == [("features.2", 3, "edge")]


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ([("conv", 1, "x")], TypeError, "names are a list, expected {layer: {unit: name}}"),
        ({"conv": ["x"]}, TypeError, "names of layer 'conv' are a list"),
        ({3: {1: "x"}}, TypeError, "names of layer 3"),
        ({"conv": {1: None}}, TypeError, "the name of unit 1 of layer conv is a NoneType"),
        ({"conv": {1.5: "x"}}, TypeError, "unit 1.5 of layer conv, expected a whole number"),
        ({"conv": {True: "x"}}, TypeError, "unit True of layer conv"),
        ({"conv": {"first": "x"}}, TypeError, "unit 'first' of layer conv"),
        ({"conv": {-1: "x"}}, ValueError, "unit -1 of layer conv, expected 0 or more"),
        ({"conv": {1: " "}}, ValueError, "the name of unit 1 of layer conv is empty"),
        ({}, ValueError, "no names of units given"),
        ({"conv": {}}, ValueError, "no names of units given"),
    ],
)
def test_what_is_no_name_is_refused(writer, names, error, message):
    with pytest.raises(error) as raised:
        annotate_units(writer, names)
    assert message in str(raised.value)


def test_a_step_is_a_whole_number(writer):
    with pytest.raises(ValueError, match=r"step=0\.5"):
        annotate_units(writer, {"conv": {1: "x"}}, step=0.5)
