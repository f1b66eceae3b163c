"""Labels and activations as columns of pandas tables, whose rows are numbered otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from summary_ops import tasks
from summary_ops.data.conversion import array

pandas = pytest.importorskip("pandas")
CPU = torch.device("cpu")
ROWS = range(100, 104)


@pytest.mark.parametrize(
    "values", [[0, 1, 1, None], ["cat", "dog", "dog", None]], ids=["indices", "names"]
)
@pytest.mark.parametrize("dtype", [None, "object", "category"])
def test_a_column_of_labels_is_taken_by_position(values: list, dtype: str | None) -> None:
    column = pandas.Series(values, index=ROWS, dtype=dtype)
    found = tasks.of("multiclass", ("cat", "dog")).check_labels(column, 4, CPU)
    assert found.tolist() == [0, 1, 1, -1]


def test_a_table_of_activations_is_an_array() -> None:
    values = np.random.default_rng(0).normal(size=(4, 3))
    table = pandas.DataFrame(values, index=ROWS)
    np.testing.assert_array_equal(array(table), values)
