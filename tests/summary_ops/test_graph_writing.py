"""What is kept of a table of influence, against NumPy on the whole table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from summary_ops.influence.influence_tables import InfluenceTables
from summary_ops.influence.strongest import STRONGEST, Strongest, influence, layout_of
from summary_ops.tracing import Edges
from tb_plugin_neural.contract.graph_records import INFLUENCE, Contributions, SummitInfluence

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 25))
VALUES = st.floats(-1e6, 1e6).map(lambda x: 0.0 if abs(x) < 1e-6 else x)


def record(table: Any, measure: str = "contribution", inputs: int = 5) -> Any:
    tensor = torch.as_tensor(table)
    layout = layout_of(("before",), (tensor.shape[1],), ("direct",))
    parts = {"class:0": Strongest.of(tensor, layout, inputs)}
    return influence(measure, parts, lambda _: None)


@given(SHAPES.flatmap(lambda shape: arrays.arrays(np.float64, shape, elements=VALUES)))
def test_the_strongest_are_the_largest_by_absolute_value(table: Any) -> None:
    found = record(table)
    assert isinstance(found, Contributions)
    assert found.unit.tolist() == table.any(1).nonzero()[0].tolist()
    units, columns = table.shape
    for row, unit in enumerate(found.unit):
        whole = np.abs(table[unit])
        some = found.producer[row] < columns
        kept = np.abs(table[unit, found.producer[row][some].astype(int)])
        expected = np.sort(whole)[::-1][:STRONGEST]
        np.testing.assert_array_equal(kept, expected[expected > 0])
        assert abs(found.kept[row] / 255 - kept.sum() / whole.sum()) <= 0.5 / 255 + 1e-9
        exact = table[unit, found.producer[row][some].astype(int)]
        error = np.abs(found.weights()[row][some] - exact).max()
        assert error <= 0.501 * whole.max() / 127 + 1e-30
    assert units >= len(found.unit)


def test_of_equal_counts_the_first_producers_are_kept() -> None:
    table = np.zeros((2, 20), dtype=np.int64)
    table[0], table[1, 5:] = 3, 7
    table[0, 17] = 4
    found = record(table, "summit", inputs=9)
    assert isinstance(found, SummitInfluence)
    assert found.producer.tolist() == [[17, 0, 1, 2, 3, 4, 5, 6], [5, 6, 7, 8, 9, 10, 11, 12]]
    assert found.count[0].tolist() == [4] + [3] * 7
    np.testing.assert_allclose(found.weights()[1], 7 / 9, rtol=1e-6)


def test_a_unit_without_influence_has_no_row_and_absent_producers_are_none() -> None:
    found = record([[0.0, 0.0, 0.0], [0.0, -2.0, 0.0]])
    assert found.unit.tolist() == [1]
    assert found.producer.tolist() == [[1, *[3] * 7]]
    np.testing.assert_allclose(found.weights()[0, :2], [-2, 0], rtol=1e-6)


def edges(producers: dict[str, str], tables: Any, measure: str) -> dict[str, Edges]:
    widths = [table.shape[1] for table in tables]
    whole = torch.cat([torch.as_tensor(table) for table in tables], 1)
    known = tuple(producers), tuple(widths), tuple(producers.values())
    return {"after": Edges(*known, **{measure: whole})}


@pytest.mark.parametrize("measure", INFLUENCE)
def test_subsets_may_be_fed_by_different_layers(measure: str) -> None:
    """As where a branch of the model depends on its input."""
    random = np.random.default_rng(0)
    kind = np.int64 if measure == "summit" else np.float64
    a, b, c = (random.integers(1, 30, (4, n)).astype(kind) for n in (3, 2, 4))
    tables = InfluenceTables()
    tables.add("class:0", 2, edges({"a": "direct", "b": "identity"}, (a, b), measure), part=True)
    tables.add(
        "class:1", 6, edges({"c": "direct", "b": "identity"}, (c, 2 * b), measure), part=True
    )
    ((layer, found),) = tables.rows(lambda *_: None)
    assert layer == "after"
    assert found.producers == ("a", "b", "c")
    assert found.inputs.tolist() == [8, 2, 6]
    weight = (1, 1) if measure == "summit" else (2 / 8, 6 / 8)
    whole = np.concatenate((weight[0] * a, weight[0] * b + 2 * weight[1] * b, weight[1] * c), 1)
    expected = {"all": whole}
    expected["class:0"] = np.concatenate((a, b, 0 * c), 1)
    expected["class:1"] = np.concatenate((0 * a, 2 * b, c), 1)
    for row, (subset, unit) in enumerate(zip(found.subset, found.unit, strict=True)):
        table = expected[found.subsets[subset]]
        order = np.argsort(-table[unit], kind="stable")[:STRONGEST]
        values = np.append(table[unit], 0)[found.producer[row].astype(int)]
        np.testing.assert_array_equal(values, table[unit][order])


def test_what_is_not_finite_counts_as_no_influence() -> None:
    table = np.array([[1.0, np.nan], [2.0, 1.0], [np.inf, 0.0]])
    tables = InfluenceTables()
    tables.add("class:0", 1, edges({"a": "direct"}, (table,), "contribution"), part=True)
    ((_, found),) = tables.rows(lambda *_: None)
    assert found.unit.tolist() == [1, 1]


def test_slices_are_no_part_of_all() -> None:
    tables = InfluenceTables()
    given = edges({"a": "direct"}, (np.ones((1, 2)),), "contribution")
    tables.add("slice:night", 1, given, part=False)
    ((_, found),) = tables.rows(lambda *_: None)
    assert found.subsets == ("slice:night",)
