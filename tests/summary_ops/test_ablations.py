"""Removing units: predicted and measured against closed forms and brute force."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Graph, Statistics, add_ablations
from tb_plugin_neural.contract.graph_records import Importance
from tb_plugin_neural.contract.what_if_records import Ablations
from tests.recording import Network, train
from tests.summary_ops.networks import Enclosed, Encoder, Recurrent, Residual, Vgg
from tests.summary_ops.removals import (
    ALL,
    BATCHES,
    CHOSEN,
    IMAGES,
    LABELS,
    recorder_of,
    removed,
    rows_of,
)
from tests.summary_ops.written import events, store_of, written


@pytest.fixture(scope="module")
def network() -> Network:
    *_, (_, model) = train(0, 0.05, (280,))
    return model


@pytest.fixture(scope="module")
def everything(network: Network) -> Ablations:
    """Every unit of the network removed, for three classes."""
    return removed(recorder_of(network), classes=CHOSEN, top=ALL)


def without(model: Network, layer: str, unit: int, value: float) -> Tensor:
    """Logits with a unit's output written over, by running the parts of the network by hand."""
    x = IMAGES
    for stage, part in (("features", model.features), ("classifier", model.classifier)):
        for place, module in enumerate(part):
            x = module(x)
            if f"{stage}.{place}" == layer:
                x = x.clone()
                x[:, unit] = value
    return x.detach()


def activations(model: Network, layer: str) -> Tensor:
    stage, _, place = layer.partition(".")
    before = IMAGES if stage == "features" else model.features(IMAGES)
    return getattr(model, stage)[: int(place) + 1](before).detach()


class TestTruth:
    def test_every_unit_of_every_layer_but_the_logits_is_measured(self, everything):
        units = {"features.1": 16, "features.4": 24, "classifier.1": 48, "classifier.3": 32}
        for label in CHOSEN:
            found = set(rows_of(everything, label))
            assert found <= {(layer, u) for layer, n in units.items() for u in range(n)}
            assert len(found) > 0.8 * sum(units.values())  # but for dead ones, predicted as 0

    @pytest.mark.parametrize(("layer", "unit"), [("features.4", 15), ("classifier.3", 16)])
    def test_what_was_measured_is_what_running_the_parts_by_hand_gives(
        self, network, everything, layer, unit
    ):
        mean = float(activations(network, layer)[:, unit].double().mean())
        whole, cut = (without(network, layer, u, mean) for u in (slice(0, 0), unit))
        for label in CHOSEN:
            own = label == LABELS
            row = rows_of(everything, label)[layer, unit]
            fall = (whole - cut)[own, label].double().mean()
            assert row["measured"] == pytest.approx(float(fall), abs=1e-4)
            guess = [logits[own].argmax(1) for logits in (whole, cut)]
            assert row["correct_after"] == int((guess[1] == label).sum())
            before, after = (np.bincount(g, minlength=10) for g in guess)
            more = after - before
            more[label] = 0
            assert row["taken_for"] == (more.argmax() if more.max() > 0 else 10)
            place = everything.subsets.index(f"class:{label}")
            assert everything.inputs[place] == int(own.sum())
            assert everything.correct[place] == before[label]

    def test_the_screen_ranks_units_as_removing_them_does(self, everything):
        assert spearmanr(everything.predicted, everything.measured).statistic > 0.95
        hidden = everything.layer == everything.layers.index("features.1")
        found = spearmanr(everything.predicted[hidden], everything.measured[hidden])
        assert found.statistic > 0.9

    def test_of_each_class_those_with_the_largest_prediction_are_removed(self, network, everything):
        found = removed(recorder_of(network), classes=CHOSEN, top=7)
        for label in CHOSEN:
            size = {key: abs(row["predicted"]) for key, row in rows_of(everything, label).items()}
            assert set(rows_of(found, label)) == set(sorted(size, key=size.get)[-7:])

    @pytest.mark.parametrize("replacement", ["mean", "zero"])
    def test_where_the_logits_are_linear_in_a_unit_the_prediction_is_exact(
        self, network, replacement
    ):
        options = {"classes": CHOSEN, "layers": ["classifier.3"], "replacement": replacement}
        found = removed(recorder_of(network), top=ALL, **options)
        np.testing.assert_allclose(found.predicted, found.measured, atol=2e-5)
        values = activations(network, "classifier.3")
        shift = values - (values.mean(0) if replacement == "mean" else 0)
        for label in CHOSEN:
            weight = network.classifier[4].weight[label].detach()
            expected = (weight * shift)[label == LABELS].mean(0)
            for (_, unit), row in rows_of(found, label).items():
                assert row["measured"] == pytest.approx(float(expected[unit]), abs=2e-5)

    def test_a_unit_that_never_changes_is_not_missed_where_its_mean_stays(self):
        model = Vgg()
        with torch.no_grad():
            model.features[4].weight[3] = 0
            model.features[4].bias[3] = 2
        for replacement, moves in (("mean", False), ("zero", True)):
            found = removed(
                recorder_of(model), units={"features.5": [3]}, top=0, replacement=replacement
            )
            assert (np.abs(found.measured).max() > 1e-4) == moves
            assert (np.abs(found.predicted).max() > 1e-4) == moves

    def test_the_prediction_is_the_importance_that_a_recorder_writes(self, network, tmp_path):
        recorder = recorder_of(network, graph=Graph(influence=(), inputs=20, examples=0))
        recorder.run(BATCHES, progress=False)
        with SummaryWriter(str(tmp_path)) as writer:
            recorder.write(writer, 0)
        found = removed(recorder, classes=CHOSEN, inputs=20, top=9)
        records = {
            layer: record
            for (kind, layer, _), record in written(tmp_path).items()
            if kind == Importance.kind
        }
        for label in CHOSEN:
            for (layer, unit), row in rows_of(found, label).items():
                record = records[layer]
                value = record.values()[record.subsets.index(f"class:{label}"), unit]
                assert row["predicted"] == pytest.approx(float(value), rel=2e-3)


class TestAnyModel:
    @pytest.mark.parametrize(
        ("model", "options", "layers"),
        [
            (lambda: Vgg(inplace=True), {}, {"features.2", "features.5", "classifier.1"}),
            (
                Residual,
                {"layers": ["layer1.0.relu", "layer2"]},
                {"layer1.0.relu", "layer1.0.relu:1", "layer2"},
            ),
            (Enclosed, {"layers": ["enc.last_hidden_state"]}, {"enc.last_hidden_state"}),
            (
                lambda: Enclosed(kind="dataclass"),
                {"layers": ["enc.last_hidden_state"]},
                {"enc.last_hidden_state"},
            ),
            (lambda: Recurrent(nn.LSTM), {"layers": ["rnn", "rnn[1]"]}, {"rnn"}),
            (lambda: Recurrent(nn.GRU, batch_first=False), {"layers": ["rnn"]}, {"rnn"}),
            (
                lambda: Encoder(batch_first=False),
                {"layers": ["encoder.layers.0", "encoder.layers.1"]},
                {"encoder.layers.0", "encoder.layers.1"},
            ),
        ],
    )
    def test_units_are_found_whatever_the_layer_returns(self, model, options, layers):
        torch.manual_seed(3)
        recorder = recorder_of(model(), **options)
        found = removed(recorder, classes=CHOSEN, inputs=8, top=ALL)
        assert set(found.layers) == layers
        for place in range(len(found.layers)):
            chosen = found.layer == place
            assert spearmanr(found.predicted[chosen], found.measured[chosen]).statistic > 0.9

    @pytest.mark.parametrize("batch_first", [True, False])
    def test_a_unit_is_replaced_at_every_position_and_nothing_else_is(self, batch_first):
        model = Recurrent(nn.GRU, batch_first=batch_first).eval()
        images, labels = IMAGES[:30], LABELS[:30]
        rows = images[:, 0] if batch_first else images[:, 0].transpose(0, 1)
        states = model.rnn(rows)[0].detach()
        cut = states.clone()
        cut[:, :, 4] = states[:, :, 4].mean()
        last = (slice(None), -1) if batch_first else -1
        logits = [model.head(s[last]).detach() for s in (states, cut)]
        found = removed(recorder_of(model), [(images, labels)], units={"rnn": [4]}, top=0)
        for label in labels.unique().tolist():
            own = labels == label
            expected = (logits[0] - logits[1])[own, label].mean()
            assert rows_of(found, label)["rnn", 4]["measured"] == pytest.approx(
                float(expected), abs=1e-5
            )

    def test_binary_and_multilabel_tasks_have_classes_too(self):
        class Head(nn.Module):
            def __init__(self, outputs: int) -> None:
                super().__init__()
                self.hidden, self.relu = nn.Linear(64, 6), nn.ReLU()
                self.out = nn.Linear(6, outputs)

            def forward(self, images: Tensor) -> Tensor:
                return self.out(self.relu(self.hidden(images.flatten(1))))

        odd = LABELS % 2
        model = Head(1)
        found = removed(
            recorder_of(model, task="binary", layers=["relu", "out"]), [(IMAGES, odd)], top=ALL
        )
        assert (found.subsets, found.layers) == (("class:0", "class:1"), ("relu",))
        values = model.relu(model.hidden(IMAGES.flatten(1))).detach()
        shift = model.out.weight[0].detach() * (values - values.mean(0))
        for label, sign in ((0, -1), (1, 1)):
            expected = sign * shift[odd == label].mean(0)
            for (_, unit), row in rows_of(found, label).items():
                assert row["measured"] == pytest.approx(float(expected[unit]), abs=1e-5)

        several = torch.stack((odd, (LABELS > 4).long(), torch.zeros_like(odd)), 1)
        model = Head(3)
        found = removed(
            recorder_of(model, task="multilabel", layers=["relu"]), [(IMAGES, several)], top=1
        )
        assert found.subsets == ("class:0", "class:1")
        said = model(IMAGES)[:, :2] > 0
        for label in range(2):
            own = several[:, label] > 0
            assert found.inputs[label] == int(own.sum())
            assert found.correct[label] == int((said[own, label]).sum())
            assert set(found.taken_for.tolist()) == {3}


def test_layers_are_meant_by_globs_and_one_of_several_needs_no_list():
    options = {"classes": 3, "units": {"features.*": 5}, "layers": "classifier.1", "top": 2}
    found = removed(recorder_of(Vgg()), **options)
    assert found.subsets == ("class:3",)
    named = {
        (found.layers[layer], unit) for layer, unit in zip(found.layer, found.unit, strict=True)
    }
    assert {layer for layer, unit in named if unit == 5} >= {"features.2", "features.5"}
    assert len([layer for layer, _ in named if layer == "classifier.1"]) == 2


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"replacement": "median"}, "replacement='median', expected one of mean, zero"),
            ({"classes": [11]}, r"classes=\[11\]: the loader gives no inputs of them"),
            ({"classes": ["cat"]}, "classes: no class named 'cat'"),
            ({"layers": "features.9"}, "no layer 'features.9' among those whose units can be rem"),
            ({"units": {"classifier.4": [0]}}, "all recorded ones but the logits: features"),
            ({"units": {"features.2": [6]}}, "unit 6 of layer features.2, which has 6"),
            ({"top": -1}, "top=-1"),
        ],
    )
    def test_is_told_with_what_there_is(self, options, message):
        with pytest.raises(ValueError, match=message):
            removed(recorder_of(Vgg()), [(IMAGES[:40], LABELS[:40])], **options)

    def test_without_labels_or_classes(self):
        with pytest.raises(ValueError, match="a loader without labels"):
            removed(recorder_of(Vgg()), [IMAGES])
        with pytest.raises(ValueError, match="task 'regression' has no classes"):
            removed(recorder_of(Vgg(), task="regression"))
        with pytest.raises(ValueError, match="inputs of class 12, but the model has 10"):
            removed(recorder_of(Vgg()), [(IMAGES[:9], torch.full((9,), 12))])
        with pytest.raises(ValueError, match="no finite inputs of a known class"):
            removed(recorder_of(Vgg()), [(IMAGES[:9], torch.full((9,), -1))])

    def test_more_classes_than_the_budget_holds(self):
        recorder = recorder_of(Vgg(), statistics=Statistics(max_bytes=6000))
        with pytest.raises(ValueError, match=r"10 classes and 40 units take 6,400 bytes of 6,000"):
            removed(recorder)
        assert removed(recorder, classes=[3], top=1).inputs.tolist() == [1]

    def test_a_layer_whose_output_cannot_be_copied(self):
        recorder = recorder_of(Enclosed(kind="object"), layers=["enc.last_hidden_state"])
        with pytest.raises(RuntimeError, match="cannot be copied; leave the layer out"):
            removed(recorder, top=1)


def test_all_calls_at_one_step_are_there_to_be_read(provide, tmp_path):
    recorder = recorder_of(Vgg())
    with SummaryWriter(str(tmp_path / "run")) as writer:
        recorder.run(BATCHES, progress=False)
        recorder.write(writer, 5)
        for options in ({"units": {"features.5": [1]}}, {"units": {"classifier.1": [2, 3]}}):
            add_ablations(writer, recorder, BATCHES, step=5, top=0, progress=False, **options)
    assert sum(1 for _ in events(tmp_path / "run")) >= 3
    store = store_of(provide(tmp_path))
    (model,) = store.snapshot.models
    found = [store.record(model, entry, Ablations) for entry in store.entries(model, Ablations)]
    assert [set(record.unit.tolist()) for record in found] == [{1}, {2, 3}]
    assert all(
        record.inputs.tolist() == [min(64, n) for n in LABELS.bincount()] for record in found
    )
