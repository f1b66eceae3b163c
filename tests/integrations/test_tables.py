"""Labels and activations as columns of pandas tables, whose rows are numbered otherwise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import tb_plugin_neural
from summary_ops import tasks
from summary_ops.data.conversion import array
from tests.logs import Log, predictions, probe, session, step_of
from tests.routes.probed import LABELS, PROBABILITIES

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


def test_tables_of_a_log_directory_are_frames(tmp_path) -> None:
    with Log(tmp_path / "run") as log:
        log.write(0, [session(probe="probe-1"), probe(len(LABELS))])
        for step in (0, 10):
            log.write(step, step_of(step))
            log.write(step, [predictions(PROBABILITIES, LABELS)])
    run = tb_plugin_neural.read(tmp_path)["run"]
    for table in (run.metrics(), run.moments("fc"), run.predictions()):
        frame = table.frame()
        assert [*frame.columns] == [*table]
        assert len(frame) == table.rows > 0
        for name, column in table.items():
            assert frame[name].tolist() == column.tolist()
            assert pandas.api.types.is_numeric_dtype(frame[name]) == (column.dtype.kind in "iuf")
    totals = run.metrics().frame().groupby("step")[["correct", "inputs"]].sum()
    assert (totals["correct"] / totals["inputs"]).tolist() == pytest.approx([0.825, 0.825])
    units = run.moments("fc").frame().pivot_table(index="step", columns="unit", values="mean")
    assert units.shape == (2, 4)
