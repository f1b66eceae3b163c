"""Influence between layers, out of records and along paths."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy import sparse

from tb_plugin_neural.analysis.networks.influence import (
    MOST_PRODUCERS,
    Influence,
    between,
    of_subset,
)
from tests import graph_logs

UNITS = {"a": 4, "b": 3, "c": 5, "d": 2}
ORDER = list(UNITS)


def link(producer, consumer, seed, kind="direct"):
    random = np.random.default_rng(seed)
    shape = UNITS[consumer], UNITS[producer]
    share = random.uniform(-1, 1, shape) * (random.random(shape) < 0.7)
    return Influence(producer, consumer, kind, sparse.csr_array(share))


DIAMOND = [
    link("a", "b", 0),
    link("a", "c", 1),
    link("b", "c", 2),
    link("b", "d", 3),
    link("c", "d", 4),
]


def dense(one):
    return one.share.toarray()


def paths(to, start):
    """All paths of links between two layers."""
    for one in DIAMOND:
        if one.consumer == to:
            if one.producer == start:
                yield [one]
            for rest in paths(one.producer, start):
                yield [*rest, one]


def test_shares_are_multiplied_along_paths_and_added_over_them():
    (found,) = between(DIAMOND, ORDER, {"a", "d"}, widest=False)
    assert (found.producer, found.consumer, found.kind) == ("a", "d", "composed")
    expected = sum(
        np.linalg.multi_dot([*(dense(one) for one in reversed(path)), np.eye(4)])
        for path in paths("d", "a")
    )
    assert len(list(paths("d", "a"))) == 3
    np.testing.assert_allclose(dense(found), expected)


def test_the_widest_path_is_the_largest_of_the_smallest_shares():
    wide = [dataclasses.replace(one, share=abs(one.share)) for one in DIAMOND]
    (found,) = between(wide, ORDER, {"a", "d"}, widest=True)
    expected = np.zeros((2, 4))
    table = {(one.producer, one.consumer): abs(dense(one)) for one in DIAMOND}
    for target, source in np.ndindex(2, 4):
        for path in paths("d", "a"):
            inner = [range(UNITS[one.consumer]) for one in path[:-1]]
            for units in itertools.product(*inner):
                stops = [source, *units, target]
                width = min(
                    table[one.producer, one.consumer][after, before]
                    for one, (before, after) in zip(path, itertools.pairwise(stops), strict=True)
                )
                expected[target, source] = max(expected[target, source], width)
    np.testing.assert_allclose(dense(found), expected)


def test_shown_layers_end_paths_and_keep_their_own_links():
    found = between(DIAMOND, ORDER, {"a", "b", "d"}, widest=False)
    table = {(one.producer, one.consumer, one.kind): dense(one) for one in found}
    np.testing.assert_array_equal(table["a", "b", "direct"], dense(DIAMOND[0]))
    np.testing.assert_array_equal(table["b", "d", "direct"], dense(DIAMOND[3]))
    np.testing.assert_allclose(table["a", "d", "composed"], dense(DIAMOND[4]) @ dense(DIAMOND[1]))
    np.testing.assert_allclose(table["b", "d", "composed"], dense(DIAMOND[4]) @ dense(DIAMOND[2]))
    assert len(table) == 4


def test_what_feeds_an_earlier_or_the_same_layer_is_left():
    loop = [*DIAMOND, link("d", "a", 5), link("c", "c", 6)]
    for shown in (["a", "d"], ORDER):
        plain, looped = (between(links, ORDER, shown, widest=False) for links in (DIAMOND, loop))
        assert [one.share.nnz for one in looped] == [one.share.nnz for one in plain]


def test_a_long_path_carries_the_strongest_producers_on():
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 200, 200))
    links = [
        Influence("a", "b", "direct", sparse.csr_array(first)),
        Influence("b", "c", "direct", sparse.csr_array(second)),
    ]
    (found,) = between(links, ["a", "b", "c"], ["a", "c"], widest=False)
    whole = second @ first
    kept = dense(found)
    assert ((kept != 0).sum(axis=1) == MOST_PRODUCERS).all()
    np.testing.assert_allclose(kept[kept != 0], whole[kept != 0])
    least = np.where(kept != 0, abs(kept), np.inf).min(axis=1)
    assert (np.where(kept == 0, abs(whole), 0).max(axis=1) <= least).all()


TABLE = {"all": [[10, -30, 0, 60], [0, 0, 0, 0]], "class:0": [[1, 1, 1, 1], [0, 5, 0, -5]]}
PRODUCERS = [("x", 1, "identity"), ("y", 3, "direct")]
SIZES = {"x": 1, "y": 3, "z": 2}


def test_a_contribution_is_a_share_of_all_that_its_consumer_gets():
    record = graph_logs.influence(TABLE, PRODUCERS)
    x, y = of_subset(record, "z", "all", SIZES, relative=True)
    assert (x.producer, x.kind, y.producer, y.kind) == ("x", "identity", "y", "direct")
    np.testing.assert_allclose(dense(x), [[0.1], [0]])
    np.testing.assert_allclose(dense(y), [[-0.3, 0, 0.6], [0, 0, 0]])
    half = dataclasses.replace(record, kept=np.full(4, 51, np.uint8))
    x, _ = of_subset(half, "z", "all", SIZES, relative=True)
    np.testing.assert_allclose(dense(x), [[0.02], [0]], rtol=1e-6)


def test_a_count_is_a_share_of_the_inputs():
    counts = {key: np.abs(values) // 5 for key, values in TABLE.items()}
    record = graph_logs.influence(counts, PRODUCERS, "summit")
    x, y = of_subset(record, "z", "all", SIZES, relative=False)
    np.testing.assert_allclose(dense(x), [[2 / 16], [0]])
    np.testing.assert_allclose(dense(y), [[6 / 16, 0, 12 / 16], [0, 0, 0]])


@pytest.mark.parametrize(
    "sizes",
    [{"y": 3, "z": 2}, {"x": 1, "y": 1, "z": 2}, {"x": 1, "y": 3, "z": 1}, {"z": 2}, {"y": 3}],
)
def test_units_that_layers_do_not_have_are_passed_over(sizes):
    whole = {
        one.producer: dense(one)
        for one in of_subset(
            graph_logs.influence(TABLE, PRODUCERS), "z", "all", SIZES, relative=True
        )
    }
    found = of_subset(graph_logs.influence(TABLE, PRODUCERS), "z", "all", sizes, relative=True)
    for one in found:
        shape = sizes["z"], sizes[one.producer]
        np.testing.assert_array_equal(dense(one), whole[one.producer][: shape[0], : shape[1]])
    assert {one.producer for one in found} <= set(sizes)


@pytest.mark.parametrize("scale", [np.nan, np.inf, -np.inf, 0.0, 1e-45, 3e38])
def test_numbers_of_any_size_make_shares_or_nothing(scale):
    record = graph_logs.influence(TABLE, PRODUCERS)
    record = dataclasses.replace(record, scale=np.full(4, scale, np.float32))
    for one in of_subset(record, "z", "all", SIZES, relative=True):
        assert np.abs(one.share.data).max() <= 1
