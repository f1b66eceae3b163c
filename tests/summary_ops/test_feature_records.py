"""Feature visualizations in event files: what is written, and where the page finds it."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Graph, ProbeSet, Recorder
from summary_ops.images import atlas
from summary_ops.influence import activation_counts
from summary_ops.jobs.feature_visualization import add_feature_visualizations, feature_visualization
from tb_plugin_neural.contract.graph_records import FeatureVisualization
from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.contract.records import Histograms
from tests.recording import CLASSES, RUNS, Network, digits, train
from tests.summary_ops.written import events, problems, store_of

STEP = RUNS["plain"][2][-1]
SHORT = {"steps": 3, "facets": 3, "progress": False}
UNITS = {"features.4": [5, 2, 9], "classifier.1": [7]}


@functools.cache
def trained() -> Network:
    """A network that reads digits."""
    network = Network()
    for _, found in train(*RUNS["plain"]):
        network = found
    return network


def recorder_of(network: nn.Module | None = None, **options) -> Recorder:
    images, labels = digits()
    options = {"probe": ProbeSet(images[1000:1300], labels[1000:1300]), "graph": None, **options}
    return Recorder(network or trained(), classes=CLASSES, verbose=False, **options)


def observe(recorder: Recorder) -> None:
    images, labels = digits()
    recorder.run(DataLoader(TensorDataset(images[1000:], labels[1000:]), 200), progress=False)


def found_in(folder: Path) -> list[tuple[str, FeatureVisualization, bytes]]:
    """Layers, records and atlases, as they were written."""
    return [
        (series.layer, FeatureVisualization.unpack(blobs[0]), blobs[1])
        for event in events(folder)
        for value in event.summary.value
        if (series := Series.parse(value.metadata.plugin_data.content)).kind
        == FeatureVisualization.kind
        and (blobs := value.tensor.string_val)
    ]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_picture_excites_its_unit_more_than_any_input_of_the_probe_set(tmp_path, seed):
    recorder = recorder_of(graph=Graph(influence=(), importance=False))
    observe(recorder)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, STEP)
        counts = activation_counts.required(recorder.pipeline.step_records.counts)
        units = {layer: activation_counts.strongest(one, 1) for layer, one in counts.items()}
        add_feature_visualizations(writer, recorder, units, step=STEP, seed=seed, progress=False)
    found = found_in(tmp_path)
    assert [layer for layer, _, _ in found] == list(units)
    for layer, record, _ in found:
        assert record.units.tolist() == units[layer]
        assert record.activation.shape == (len(units[layer]), 4)
        assert (record.probe_maximum > 0).all()
        assert (record.activation > record.probe_maximum[:, None]).all(), layer


def test_a_record_has_the_pictures_of_its_units_in_order(writer, tmp_path):
    add_feature_visualizations(writer, recorder_of(), UNITS, step=8, **SHORT)
    writer.flush()
    for layer, record, file in found_in(tmp_path / "run"):
        pictures = feature_visualization(
            trained(), layer, UNITS[layer], input_shape=(1, 8, 8), **SHORT
        )
        assert (file, record.columns) == atlas.draw(pictures.flatten(0, 1))
        assert record.tile == 8
        assert record.units.tolist() == UNITS[layer]


def test_a_record_tells_how_much_pictures_and_probe_set_excite_on_average(writer, tmp_path):
    network = trained().eval()
    add_feature_visualizations(writer, recorder_of(), UNITS, step=8, **SHORT)
    writer.flush()
    _, record, _ = found_in(tmp_path / "run")[0]
    units = UNITS["features.4"]
    pictures = feature_visualization(network, "features.4", units, input_shape=(1, 8, 8), **SHORT)
    with torch.no_grad():
        probed = network.features[:5](digits()[0][1000:1300]).mean((2, 3))[:, units].amax(0)
        drawn = network.features[:5](pictures.flatten(0, 1)).mean((2, 3)).view(3, 3, -1)
    own = np.array([drawn[row, :, unit].numpy() for row, unit in enumerate(units)])
    np.testing.assert_allclose(record.probe_maximum, probed, rtol=1e-5)
    np.testing.assert_allclose(record.activation, own, rtol=1e-4, atol=1e-6)


def test_by_default_units_are_those_of_each_class_in_each_layer(writer, tmp_path):
    recorder = recorder_of(graph=Graph(influence=(), importance=False))
    with pytest.raises(ValueError, match=r"call recorder\.write\(writer, step\) before"):
        add_feature_visualizations(writer, recorder, step=0)
    observe(recorder)
    recorder.write(writer, 0)
    fresh = activation_counts.required(recorder.pipeline.step_records.counts)
    add_feature_visualizations(writer, recorder, step=0, steps=1, facets=1, progress=False)
    writer.flush()
    found = {layer: record.units.tolist() for layer, record, _ in found_in(tmp_path / "run")}
    assert found.keys() == fresh.keys()
    for layer, record in fresh.items():
        rows = [row for row, key in enumerate(record.subsets) if key.startswith("class:")]
        assert len(rows) == 10
        best = set()
        for counts in record.counts[0, rows].tolist():
            ranked = sorted(range(len(counts)), key=lambda unit: (-counts[unit], unit))
            best.update(unit for unit in ranked[:5] if counts[unit])
        assert found[layer] == sorted(best)


def test_pictures_that_do_not_fit_one_atlas_take_several_records(writer, tmp_path, monkeypatch):
    monkeypatch.setattr(atlas, "LARGEST_SIDE", 24)  # nine tiles: three units
    recorder, units = recorder_of(), [4, 8, 15, 16, 23, 42, 1]
    add_feature_visualizations(writer, recorder, {"classifier.1": units}, step=8, **SHORT)
    writer.flush()
    found = found_in(tmp_path / "run")
    assert [record.units.tolist() for _, record, _ in found] == [units[:3], units[3:6], units[6:]]
    sessions = {
        Series.parse(value.metadata.plugin_data.content).session
        for event in events(tmp_path / "run")
        for value in event.summary.value
    }
    assert len(sessions) == 3  # a data server keeps one record a session, layer and step
    assert problems(tmp_path / "run") == {}


@pytest.mark.parametrize("folder", ["run", "run/neural-features"])
def test_the_page_finds_them_beside_what_the_run_recorded(provide, tmp_path, folder):
    recorder = recorder_of()
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step in (0, 5):
            observe(recorder)
            recorder.write(writer, step)
    with SummaryWriter(str(tmp_path / folder)) as writer:
        for step in (5, 0):  # any order
            add_feature_visualizations(writer, recorder, UNITS, step=step, **SHORT)
    store = store_of(provide(tmp_path))
    (model,) = store.snapshot.models
    assert store.steps(model, Histograms, "features.4") == [0, 5]
    assert store.steps(model, FeatureVisualization, "features.4") == [0, 5]
    _, record = store.find(model, FeatureVisualization, "features.4", 5)
    assert record.units.tolist() == UNITS["features.4"]


class TestWhatCannotBe:
    def test_pictures_of_unknown_shape(self, writer):
        with pytest.raises(ValueError, match=r"pass input_shape=\(channels, height, width\)"):
            add_feature_visualizations(writer, recorder_of(probe=None), UNITS, step=0)

    def test_pixels_that_are_not_as_said(self, writer):
        with pytest.raises(ValueError, match="pixels from 0 to 1, expected 10 to 20"):
            add_feature_visualizations(
                writer, recorder_of(), UNITS, step=0, value_range=(10, 20), **SHORT
            )
        with pytest.raises(ValueError, match="pictures of 3 channels"):
            add_feature_visualizations(
                writer, recorder_of(), UNITS, step=0, input_shape=(3, 8, 8), **SHORT
            )

    def test_but_the_probe_set_tells_how_its_images_were_normalized(self, writer, tmp_path):
        images, labels = digits()
        probe = ProbeSet((images[:20] - 0.5) / 0.25, labels[:20], mean=0.5, std=0.25)
        add_feature_visualizations(writer, recorder_of(probe=probe), UNITS, step=0, **SHORT)
        writer.flush()
        assert len(found_in(tmp_path / "run")) == 2

    def test_without_a_probe_set_nothing_is_known_of_it(self, writer, tmp_path):
        options = {"input_shape": (1, 8, 8), **SHORT}
        add_feature_visualizations(writer, recorder_of(probe=None), UNITS, step=0, **options)
        writer.flush()
        assert all(np.isnan(r.probe_maximum).all() for _, r, _ in found_in(tmp_path / "run"))
