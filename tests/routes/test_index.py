"""What there is."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.graph_records import UnitName, UnitNames
from tb_plugin_neural.contract.records import Layer
from tests import graph_logs
from tests.logs import (
    CLASSES,
    SUBSETS,
    Log,
    activations,
    class_metrics,
    histograms,
    moments,
    session,
)
from tests.routes.probed import CONFUSION


class TestIndex:
    def test_tells_all_there_is(self, page):
        index = page.json("index")
        assert [m["run"] for m in index["models"]] == ["one", "two"]
        assert index["problems"] == []
        model = index["models"][0]
        assert model["model"] == "model"
        assert model["task"] == "multiclass"
        assert model["classes"] == list(CLASSES)
        assert model["steps"] == model["probeSteps"] == [0, 10, 20]
        assert model["wallTimes"] == sorted(model["wallTimes"])
        assert model["subsets"] == ["all", *SUBSETS]
        assert model["moments"] == []
        assert model["layers"][0] == {
            "name": "fc",
            "type": "ReLU",
            "units": 4,
            "reduction": "none",
            "output": False,
        }
        assert model["hidden"] == ["fc"]
        assert model["mode"] == "eval"
        assert model["weights"] == "weights of one"
        assert model["probe"] == {"hash": "probe-1", "size": 6, "pictured": True, "lossless": True}

    def test_a_model_that_cannot_be_described_costs_no_other(self, page, monkeypatch, caplog):
        def fail_of_one(model):
            if model.run == "one":
                raise ArithmeticError("that nobody thought of")
            return []

        monkeypatch.setattr(
            sys.modules["tb_plugin_neural.routes.contents.index"], "hidden", fail_of_one
        )
        index = page.json("index")
        assert [model["run"] for model in index["models"]] == ["two"]
        (problem,) = index["problems"]
        assert problem["what"] == "run one, model model"
        assert "ArithmeticError: that nobody thought of" in problem["message"]
        assert "ArithmeticError" in caplog.text

    def test_tells_the_steps_of_every_kind_of_record(self, open_page, tmp_path):
        names = UnitNames(names=(UnitName("fc", 0, "edge"),))
        with Log(tmp_path / "run") as log:
            log.write(0, [session()])
            log.write(0, {"fc": histograms(activations(0))})
            log.write(7, {"fc": histograms(activations(7)), "": class_metrics([[1]])})
            log.write(9, [names])
        (model,) = open_page(tmp_path).json("index")["models"]
        assert model["recorded"] == {
            "session": [0],
            "histograms": [0, 7],
            "class_metrics": [7],
            "unit_names": [9],
        }

    def test_tells_what_there_is_of_graphs(self, page):
        model = page.json("index")["models"][0]
        links = [["conv", "mid"], ["mid", "fc"], ["conv", "fc"], ["fc", "logits"]]
        assert model["graph"] == {
            "steps": [0, 10, 20],
            "subsets": list(graph_logs.SUBSETS),
            "influence": list(graph_logs.INFLUENCED),
            "masses": [0.03],
            "of": ["activation"],
            "measures": ["contribution", "summit"],
            "links": [[*ends, "direct"] for ends in links],
            "notes": ["a note"],
        }
        assert model["facetSteps"] == [20]
        assert model["exampleSteps"] == [0, 10, 20]
        assert model["embedding"]
        assert model["named"]

    def test_tells_of_no_graph_where_none_is_recorded(self, open_page, tmp_path):
        with Log(tmp_path / "run") as log:
            log.write(0, [session(), class_metrics(CONFUSION)])
            log.write(7, [UnitNames((UnitName("fc", 1, "ear"),)), graph_logs.topology()])
        model = open_page(tmp_path).json("index")["models"][0]
        assert model["graph"] is None
        assert model["facetSteps"] == model["exampleSteps"] == []
        assert not model["embedding"]
        assert model["named"]
        assert model["steps"] == [0]

    def test_lists_no_true_classes_where_no_input_has_a_label(self, open_page, tmp_path):
        keys = ("class:0", "class:1", "unlabelled", "predicted:1")
        kept = histograms(dict.fromkeys(keys[:3], np.ones((5, 4))))
        known = moments(dict.fromkeys(keys, np.ones((5, 4))))
        inputs = np.array([0, 0, 5, 5], np.uint32)
        with Log(tmp_path / "run") as log:
            log.write(0, [session()])
            log.write(0, {"fc": dataclasses.replace(kept, inputs=inputs[:3])})
            log.write(0, {"fc": dataclasses.replace(known, inputs=inputs)})
        model = open_page(tmp_path).json("index")["models"][0]
        assert model["subsets"] == ["all", "unlabelled"]
        assert model["moments"] == ["predicted:1"]

    def test_opens_on_the_classes_most_often_confused(self, open_page, tmp_path):
        for run, confusion, expected in (
            ("a", [[9, 0, 1], [2, 9, 3], [0, 1, 9]], [1, 2]),
            ("b", [[9, 0, 5], [2, 9, 3], [0, 1, 9]], [0, 2]),
            ("c", [[9, 0, 0], [0, 9, 0], [0, 0, 9]], [0, 1]),
        ):
            with Log(tmp_path / run) as log:
                log.write(0, [session(), class_metrics([[9, 5, 0], [0, 9, 0], [0, 0, 9]])])
                log.write(0, {"fc": histograms(activations(0))})
                log.write(1, [class_metrics(confusion)])
            found = {m["run"]: m["confused"] for m in open_page(tmp_path).json("index")["models"]}
            assert found[run] == expected

    def test_opens_on_classes_that_have_histograms(self, open_page, tmp_path):
        values = activations(0)
        focus = {key: values[key] for key in ("class:0", "class:2")}
        with Log(tmp_path / "run") as log:
            log.write(0, [session(), class_metrics(CONFUSION)])
            log.write(0, {"fc": histograms(focus)})
        assert open_page(tmp_path).json("index")["models"][0]["confused"] == [0, 2]

    def test_names_no_pair_without_class_metrics(self, open_page, tmp_path):
        with Log(tmp_path / "run") as log:
            log.write(0, [session(task=None, classes=())])
            log.write(0, {"fc": histograms({"all": activations(0)["class:0"]})})
        model = open_page(tmp_path).json("index")["models"][0]
        assert model["confused"] is None
        assert model["subsets"] == ["all"]
        assert model["probe"] is None

    def test_names_the_last_two_layers_before_the_output(self, open_page, tmp_path):
        layers = [Layer(name, "ReLU", 4, "max") for name in "abcd"]
        layers[2:2] = [Layer("logits", "Linear", 4, "none", output=True)]
        with Log(tmp_path / "run") as log:
            log.write(0, [session(layers=tuple(layers)), class_metrics(CONFUSION)])
        assert open_page(tmp_path).json("index")["models"][0]["hidden"] == ["a", "b"]

    def test_names_subsets_readably(self, open_page, tmp_path):
        names = ("target:0", "target < 3.5", "target:1", "target ≥ 3.5")
        with Log(tmp_path / "run") as log:
            about = session(task="regression", classes=(), subset_names=names, left_out=("this",))
            log.write(0, [about, class_metrics(CONFUSION)])
        model = open_page(tmp_path).json("index")["models"][0]
        assert model["subsetNames"] == {"target:0": "target < 3.5", "target:1": "target ≥ 3.5"}
        assert model["leftOut"] == ["this"]

    def test_is_empty_where_nothing_is_recorded(self, open_page, tmp_path):
        index = open_page(tmp_path).json("index")
        assert index["models"] == index["problems"] == []


def test_tensorboard_shows_the_tab(page):
    listing = page.client.get("/data/plugins_listing").json["neural"]
    assert listing["enabled"]
    assert listing["tab_name"] == "Neural"
    assert listing["loading_mechanism"]["module_path"].endswith("/static/index.js")


def test_a_class_may_have_any_name(open_page, tmp_path):
    names = ("<img onerror=x>", "=1+1", "", "x" * 300, "שלום", "cat", "cat")
    with Log(tmp_path / "run <b>é") as log:
        log.write(0, [session(name="модель", classes=names), class_metrics(CONFUSION)])
    (model,) = open_page(tmp_path).json("index")["models"]
    assert model["classes"] == list(names)
    assert (model["run"], model["model"]) == ("run <b>é", "модель")


def test_the_index_stays_small(open_page, tmp_path):
    layers = tuple(Layer(f"features.{at}", "ReLU", 4, "max") for at in range(12))
    values = activations(0)
    found = {layer.name: [histograms(values), moments(values)] for layer in layers}
    with Log(tmp_path / "run") as log:
        log.write(0, [session(layers=layers)])
        for step in range(30):
            log.write(step, found)
    page = open_page(tmp_path)
    response = page.get("index")
    assert len(response.data) < 4000
    assert len(codec.deflate(response.data)) < 1200
