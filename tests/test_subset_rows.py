"""Rows about subsets: those of several records at one step, and the sum of classes."""

from __future__ import annotations

import dataclasses

import numpy as np

from tb_plugin_neural.contract.graph_records import ActivationCounts, Importance
from tb_plugin_neural.lookup import subset_rows
from tests import graph_logs


def counts(subsets: tuple[str, ...], inputs: list[int], start: int = 0) -> ActivationCounts:
    table = np.arange(start, start + 2 * len(subsets) * 3, dtype=np.uint32)
    return ActivationCounts(
        mode="eval",
        subsets=subsets,
        masses=(0.03, 0.1),
        of=("activation",) * 2,
        negative=sum(inputs) / 1000,
        inputs=np.array(inputs, np.uint8),
        counts=table.reshape(2, len(subsets), 3),
        center=np.full(3, sum(inputs), np.float32),
    )


def test_a_newer_record_adds_its_subsets_and_replaces_those_that_both_have():
    older = counts(("class:0", "class:1", "slice:x"), [30, 40, 5])
    newer = counts(("slice:y", "slice:x"), [7, 6], start=100)
    joined = subset_rows.join(newer, older)
    assert joined.subsets == ("slice:y", "slice:x", "class:0", "class:1")
    assert joined.inputs.tolist() == [7, 6, 30, 40]
    assert np.array_equal(joined.counts[:, :2], newer.counts)
    assert np.array_equal(joined.counts[:, 2:], older.counts[:, :2])
    assert joined.negative == older.negative
    assert np.array_equal(joined.center, older.center)


def test_rows_about_units_keep_their_subset_when_records_join():
    random = np.random.default_rng(0)
    tables = {name: random.integers(-9, 9, (4, 5)) for name in ("a", "b", "c", "d")}
    producers = [("conv", 5, "direct")]
    older = graph_logs.influence({key: tables[key] for key in ("a", "b", "c")}, producers)
    newer = graph_logs.influence({"d": tables["d"], "b": -tables["b"]}, producers)
    joined = subset_rows.join(newer, older)
    assert set(joined.subsets) == {"a", "b", "c", "d"}
    expected = {**tables, "b": -tables["b"]}
    for row, key in enumerate(joined.subsets):
        about = joined.subset == row
        found = np.zeros((4, 6))
        for unit, places, weights in zip(
            joined.unit[about], joined.producer[about], joined.weights()[about], strict=True
        ):
            found[unit, places.astype(int)] = weights
        assert np.array_equal(found[:, :5], expected[key])


def test_records_whose_rows_mean_something_else_are_not_joined():
    newer = counts(("slice:y",), [7])
    other = dataclasses.replace(counts(("class:0",), [30]), masses=(0.05, 0.1))
    assert subset_rows.join(newer, other) is newer
    table = {"a": np.ones((4, 5), int)}
    one = graph_logs.influence(table, [("conv", 5, "direct")])
    two = graph_logs.influence({"b": table["a"]}, [("mid", 5, "direct")])
    assert subset_rows.join(one, two) is one


def test_records_of_another_width_are_not_joined():
    def importance(subset: str, units: int) -> Importance:
        level = np.zeros((1, units), np.float16)
        one = np.ones(1, np.float32)
        return Importance(
            subsets=(subset,), inputs=np.array([3], np.uint32), level=level, scale=one
        )

    newer = importance("slice:x", 4)
    assert subset_rows.join(newer, importance("class:0", 5)) is newer
    assert subset_rows.join(newer, importance("class:0", 4)).values().shape == (2, 4)


def test_all_inputs_are_counted_as_the_sum_of_what_shares_none():
    record = counts(("class:0", "predicted:0", "unlabelled", "slice:x", "class:1"), [3, 9, 4, 1, 5])
    whole = subset_rows.with_all(record)
    assert whole.subsets == (*record.subsets, "all")
    assert whole.inputs[-1] == 3 + 4 + 5
    assert np.array_equal(whole.counts[:, -1], record.counts[:, [0, 2, 4]].sum(1))
    assert subset_rows.with_all(whole) is whole
    slices = counts(("slice:x",), [3])
    assert subset_rows.with_all(slices) is slices
