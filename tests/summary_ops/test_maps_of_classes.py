"""Maps of classes by UMAP: that they show the counts, lie as one another, and come out again."""

from __future__ import annotations

import builtins
import functools
import itertools

import numpy as np
import pytest
import torch
from sklearn.manifold import trustworthiness
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Graph, Recorder, RecordingWarning, Schedule
from summary_ops.influence import activation_counts
from summary_ops.influence.class_embedding import class_embedding
from summary_ops.jobs.class_maps import add_class_embedding
from summary_ops.streaming import writing
from tb_plugin_neural.analysis.procrustes import align
from tb_plugin_neural.contract.graph_records import ClassEmbedding
from tests.recording import Network, digits
from tests.summary_ops.written import problems, store_of, written

STYLES = 3  # thirds of a digit's images, by how slanted they are written
CLASSES = [f"{digit}, {slant}" for digit in range(10) for slant in ("left", "upright", "right")]


def slant(images: Tensor) -> np.ndarray:
    """How far the ink of an image leans, by its second moments."""
    ink = images[:, 0].double().numpy()
    ink = ink / ink.sum((1, 2), keepdims=True)
    y, x = np.mgrid[:8, :8]
    middle = [(ink * axis).sum((1, 2), keepdims=True) for axis in (y, x)]
    return (ink * (y - middle[0]) * (x - middle[1])).sum((1, 2))


@functools.cache
def styles() -> tuple[Tensor, Tensor]:
    """All handwritten digits, and which of thirty classes they are in: digit and slant."""
    images, labels = digits()
    lean, found = slant(images), np.zeros(len(labels), np.int64)
    for digit in range(10):
        rows = np.flatnonzero(labels.numpy() == digit)
        ranks = lean[rows].argsort().argsort()
        found[rows] = digit * STYLES + ranks * STYLES // len(rows)
    return images, torch.tensor(found)


@functools.cache
def trained() -> Network:
    """A network that tells the thirty classes apart, somewhat."""
    torch.manual_seed(0)
    network = Network()
    network.classifier[4] = nn.Linear(32, len(CLASSES))
    optimizer = torch.optim.SGD(network.parameters(), 0.05, momentum=0.9)
    images, labels = styles()
    for _ in range(200):
        chosen = torch.randint(0, len(images), (64,))
        loss = nn.functional.cross_entropy(network(images[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def recorder_of(**options) -> Recorder:
    graph = Graph(influence=(), importance=False)
    return Recorder(trained(), classes=CLASSES, graph=graph, verbose=False, **options)


def observe(recorder: Recorder) -> None:
    recorder.run(DataLoader(TensorDataset(*styles()), 300), progress=False)


@functools.cache
def tables() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Activation counts `[classes, units]` by layer, and the classes' inputs."""
    recorder = recorder_of()
    observe(recorder)
    found = activation_counts.among(writing.to_records(recorder.pipeline.accumulator))
    rows = [found["features.4"].subsets.index(f"class:{at}") for at in range(len(CLASSES))]
    layers = ("features.1", "features.4", "classifier.4")
    counts = {layer: found[layer].counts[0, rows] for layer in layers}
    return counts, found["features.4"].inputs[rows]


@functools.cache
def maps() -> dict[str, ClassEmbedding]:
    return class_embedding(*tables())


class TestAMap:
    def test_has_neighbours_that_are_neighbours_in_what_they_activate(self):
        random = np.random.default_rng(0)
        for layer, counts in tables()[0].items():
            score = functools.partial(trustworthiness, counts, n_neighbors=5, metric="cosine")
            by_chance = [score(random.normal(size=(len(CLASSES), 2))) for _ in range(20)]
            assert score(maps()[layer].xy) > max(by_chance) + 0.1, layer

    def test_puts_the_slants_of_a_digit_together_in_the_last_layer(self):
        xy = maps()["classifier.4"].xy
        distance = np.linalg.norm(xy[:, None] - xy[None], axis=2)
        same = np.arange(len(xy))[:, None] // STYLES == np.arange(len(xy)) // STYLES
        np.fill_diagonal(distance, np.nan)
        assert np.nanmean(distance[same]) < 0.7 * np.nanmean(distance[~same])

    def test_comes_out_again_bit_for_bit_and_not_of_another_seed(self):
        again, other = class_embedding(*tables()), class_embedding(*tables(), seed=1)
        for layer, found in maps().items():
            np.testing.assert_array_equal(again[layer].xy, found.xy)
            assert not np.array_equal(other[layer].xy, found.xy)

    def test_says_how_it_was_made_and_of_what(self):
        for found in maps().values():
            assert found.method == "umap"
            assert found.parameters == (
                "n_neighbors=15, min_dist=0.1, metric=cosine, random_state=6510"
            )
            assert found.subsets == tuple(f"class:{at}" for at in range(30))
            assert found.left_out == ()
            np.testing.assert_array_equal(found.inputs, tables()[1])

    def test_changes_neither_random_states_nor_the_number_of_threads(self):
        state = np.random.get_state()[1].copy()  # noqa: NPY002
        class_embedding(*tables())
        assert torch.get_num_threads() == 1
        np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


class TestClassesOfFewInputs:
    def test_are_left_out_and_listed(self):
        counts, inputs = tables()
        few = inputs.copy()
        few[[2, 17]] = 19, 0
        found = class_embedding(counts, few)["features.4"]
        assert found.left_out == ("class:2", "class:17")
        kept = np.delete(np.arange(30), [2, 17])
        assert found.subsets == tuple(f"class:{at}" for at in kept)
        rest = {layer: table[kept] for layer, table in counts.items()}
        np.testing.assert_array_equal(
            found.xy, class_embedding(rest, inputs[kept])["features.4"].xy
        )

    def test_leave_too_few_classes_for_a_map(self):
        counts, inputs = tables()
        few = np.where(np.arange(30) < 14, inputs, 3)
        with pytest.raises(ValueError, match="14 of 30 classes have 20 inputs or more"):
            class_embedding(counts, few)
        assert class_embedding(counts, few, minimum=3)

    def test_but_fifteen_classes_are_enough(self):
        counts, inputs = tables()
        one = {"features.4": counts["features.4"][:15]}
        found = class_embedding(one, inputs[:15])["features.4"]
        assert "n_neighbors=14" in found.parameters
        assert np.isfinite(found.xy).all()

    def test_and_rows_have_to_match(self):
        counts, inputs = tables()
        with pytest.raises(ValueError, match=r"layer features\.1: counts of shape \[30, 16\]"):
            class_embedding(counts, inputs[:-1])
        with pytest.raises(ValueError, match="7 subsets"):
            class_embedding(counts, inputs, subsets=list("abcdefg"))


class TestAligning:
    def test_brings_a_map_no_farther_than_it_was_and_keeps_its_size(self):
        layers = list(maps())
        for before, after in itertools.pairwise(layers):
            reference, points = (maps()[layer].xy.astype(float) for layer in (before, after))
            found = align(points, reference).points
            centred = points - points.mean(0) + reference.mean(0)
            assert ((found - reference) ** 2).sum() <= ((centred - reference) ** 2).sum() + 1e-9
            np.testing.assert_allclose(
                np.linalg.norm(found - found.mean(0)), np.linalg.norm(points - points.mean(0))
            )
            np.testing.assert_allclose(found, points, atol=1e-4)  # recorded maps lie so already


class TestRecorded:
    def maps_in(self, folder) -> dict[tuple[str, int], ClassEmbedding]:
        return {key[1:]: one for key, one in written(folder).items() if key[0] == "class_embedding"}

    def test_at_the_last_step_of_the_schedule(self, writer, tmp_path):
        recorder = recorder_of(schedule=Schedule(frozenset({2, 7})))
        for step in (2, 7):
            observe(recorder)
            recorder.write(writer, step)
        writer.flush()
        found = self.maps_in(tmp_path / "run")
        assert set(found) == {(layer, 7) for layer in recorder.pipeline.observed.layers}
        assert found["features.4", 7].subsets == tuple(f"class:{at}" for at in range(30))
        assert problems(tmp_path / "run") == {}

    def test_on_request_after_the_record(self, provide, tmp_path):
        recorder = recorder_of()
        with SummaryWriter(str(tmp_path / "run")) as writer:
            with pytest.raises(ValueError, match=r"call recorder\.write\(writer, step\) before"):
                add_class_embedding(writer, recorder, step=3)
            observe(recorder)
            recorder.write(writer, 3)
            add_class_embedding(writer, recorder, step=3)
        store = store_of(provide(tmp_path))
        (model,) = store.snapshot.models
        assert store.steps(model, ClassEmbedding, "classifier.1") == [3]
        _, found = store.find(model, ClassEmbedding, "classifier.1", 3)
        np.testing.assert_array_equal(found.inputs, tables()[1])
        np.testing.assert_array_equal(
            found.xy, self.maps_in(tmp_path / "run")["classifier.1", 3].xy
        )

    def test_not_of_few_classes(self, writer, tmp_path):
        images, labels = digits()
        recorder = Recorder(
            Network(),
            graph=Graph(influence=(), importance=False),
            schedule=Schedule(frozenset({0})),
            verbose=False,
        )
        recorder.run(DataLoader(TensorDataset(images, labels), 300), progress=False)
        recorder.write(writer, 0)
        writer.flush()
        assert self.maps_in(tmp_path / "run") == {}
        assert problems(tmp_path / "run") == {}
        with pytest.raises(ValueError, match="10 of 10 classes have 20 inputs or more"):
            add_class_embedding(writer, recorder, step=0)

    def test_without_the_package_the_record_is_written_and_the_missing_map_told(
        self, writer, tmp_path, monkeypatch
    ):
        self.hide_umap(monkeypatch)
        recorder = recorder_of(schedule=Schedule(frozenset({0})))
        observe(recorder)
        with pytest.warns(RecordingWarning, match="pip install umap-learn"):
            recorder.write(writer, 0)
        writer.flush()
        assert ("moments", "features.4", 0) in written(tmp_path / "run")
        assert "pip install umap-learn" in problems(tmp_path / "run")["a map of classes"]
        with pytest.raises(ImportError, match="pip install umap-learn"):
            add_class_embedding(writer, recorder, step=0)

    def hide_umap(self, monkeypatch) -> None:
        original = builtins.__import__

        def without(name, *args):
            if name == "umap":
                raise ModuleNotFoundError("No module named 'umap'")
            return original(name, *args)

        monkeypatch.setattr(builtins, "__import__", without)
