"""Classes among each other: similarity, and maps."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import cosine_similarity

from tests import graph_logs
from tests.graph_logs import SUBSETS, counts
from tests.logs import Log, session, subject
from tests.servers import Page, start_python

RUN = {"run": "run", "model": "model"}
CLASSES = [f"class:{label}" for label in range(4)]


def tables(seed):
    return np.random.default_rng(seed).integers(0, 25, (len(CLASSES) + 1, 4))


def classes(table, inputs=(120, 30, 20, 25, 40), **changes):
    """Counts of `all` and four classes."""
    fields = {
        "subsets": ("all", *CLASSES),
        "inputs": np.array(inputs, np.uint32),
        "counts": np.array([table], np.uint32),
    }
    return counts(np.zeros((len(SUBSETS), 4)), **(fields | changes))


def test_similarity_is_the_cosine_of_counts_and_not_of_what_else(page):
    for subset in ("class:1", "slice:x", "predicted:0"):
        arrays, meta = page.arrays("similarity", layer="fc", s=subject("one", 10, subset))
        table = graph_logs.numbers(10).counts["fc"]
        expected = cosine_similarity(table[[SUBSETS.index(subset)]], table[1:4])[0]
        np.testing.assert_allclose(arrays["similarity"], expected, atol=1e-6)
        assert meta == {"layer": "fc", "step": 10, "rows": ["class:0", "class:1", "class:2"]}


def test_similarity_of_a_layer_without_counts_is_missing(page):
    response = page.get("similarity", layer="conv9", s=subject("one", 10, "class:1"))
    assert response.status_code == 404
    assert "conv9" in response.text


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs")
    with Log(path / "run") as log:
        log.write(0, [session()])
        for step in (0, 10, 20):
            log.write(step, {"fc": classes(tables(step)), "logits": classes(tables(step + 1))})
    return Page(start_python(path))


def test_distances_on_a_map_come_near_the_cosine_distances(mapped):
    arrays, meta = mapped.arrays("embedding", **RUN, step=20)
    assert meta["rows"] == CLASSES
    assert meta["layers"] == ["fc", "logits"]
    assert meta["method"] == ["mds", "mds"]
    assert (meta["step"], meta["leftOut"], meta["reason"]) == (20, [], None)
    assert arrays["inputs"].tolist() == [30, 20, 25, 40]
    for xy, seed in zip(arrays["xy"], (20, 21), strict=True):
        expected = 1 - cosine_similarity(tables(seed)[1:])
        found = cdist(xy, xy)
        near = np.corrcoef(found[np.triu_indices(4, 1)], expected[np.triu_indices(4, 1)])
        assert near[0, 1] > 0.8
        assert xy.dtype == np.float32


def laid_best(own, other):
    """No turn or mirroring brings one map nearer to another."""
    own, other = own - own.mean(axis=0), other - other.mean(axis=0)
    best, _ = orthogonal_procrustes(own, other)
    return np.allclose(own @ best, own, atol=1e-5)


def test_layers_lie_as_the_one_before_and_steps_as_the_last_one(mapped):
    last, _ = mapped.arrays("embedding", **RUN, step=20)
    assert laid_best(last["xy"][1], last["xy"][0])
    for step in (0, 10):
        then, _ = mapped.arrays("embedding", **RUN, step=step)
        for layer in range(2):
            assert laid_best(then["xy"][layer], last["xy"][layer])


def test_classes_with_few_inputs_are_left_out_and_listed(open_page, tmp_path):
    inputs = (120, 30, 19, 25, 40)
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": classes(tables(0), inputs)})
        log.write(1, {"fc": classes(tables(0), (30, 30, 0, 0, 0))})
    page = open_page(tmp_path)
    arrays, meta = page.arrays("embedding", **RUN, step=0)
    assert (meta["rows"], meta["leftOut"]) == (["class:0", "class:2", "class:3"], ["class:1"])
    assert arrays["xy"].shape == (1, 3, 2)
    arrays, meta = page.arrays("embedding", **RUN, step=1)
    assert arrays["xy"].size == 0
    assert meta["leftOut"] == CLASSES
    assert "3 classes of 20 inputs or more; there is 1" in meta["reason"]


def test_a_recorded_map_is_shown_at_its_step(open_page, tmp_path):
    xy = np.random.default_rng(0).normal(size=(4, 2))
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        for step in (0, 1):
            log.write(step, {"fc": classes(tables(0)), "logits": classes(tables(1))})
        log.write(1, {"fc": graph_logs.embedding(xy[::-1], CLASSES[::-1])})
    page = open_page(tmp_path)
    arrays, meta = page.arrays("embedding", **RUN, step=1)
    assert meta["method"] == ["umap", "mds"]
    np.testing.assert_allclose(arrays["xy"][0], xy, rtol=1e-6)
    assert page.arrays("embedding", **RUN, step=0)[1]["method"] == ["mds", "mds"]


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_recorded_map_of_no_numbers_is_none(open_page, tmp_path, broken):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": [classes(tables(0)), graph_logs.embedding([[broken, 0]] * 4, CLASSES)]})
    arrays, meta = open_page(tmp_path).arrays("embedding", **RUN, step=0)
    assert meta["method"] == ["mds"]
    assert np.isfinite(arrays["xy"]).all()


@pytest.mark.parametrize("kind", ["target", "predicted"])
def test_parts_of_a_target_and_predicted_classes_are_compared_as_classes_are(
    open_page, tmp_path, kind
):
    keys = [f"{kind}:{label}" for label in range(4)]
    unlabelled = classes(
        np.vstack((tables(3), np.zeros((4, 4)))),
        (120, 30, 20, 25, 40, 0, 0, 0, 0),
        subsets=("all", *keys, *CLASSES),
    )
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(0, {"fc": unlabelled})
    page = open_page(tmp_path)
    model = page.json("index")["models"][0]
    assert model["graph"]["subsets"] == ["all", *keys]
    assert model["embedding"]
    _, meta = page.arrays("similarity", layer="fc", s=subject("run", 0, keys[1]))
    assert meta["rows"] == keys
    assert page.arrays("embedding", **RUN, step=0)[1]["rows"] == keys
    served = page.json("serves", **RUN, step=0, layer="fc", unit=0)["classes"]
    assert {row["subset"] for row in served} == set(keys)
    lifted = page.json("graph", s=subject("run", 0, keys[1]), lift=1)
    assert lifted["nodes"]
