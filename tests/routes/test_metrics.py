"""Class metrics."""

from __future__ import annotations

import dataclasses

from tests.logs import (
    Log,
    class_metrics,
    session,
)


def test_metrics_are_those_recorded(open_page, tmp_path):
    tables = [[[5, 1], [2, 4]], [[6, 0], [1, 5]]]
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        for step, table in enumerate(tables):
            log.write(step, [class_metrics(table)])
    page = open_page(tmp_path)
    arrays, meta = page.arrays("metrics", run="run", model="model")
    assert meta["rows"] == ["class:0", "class:1"]
    assert meta["steps"] == [0, 1]
    assert meta["total"] == [12, 12]
    assert arrays["inputs"].tolist() == [[6, 6], [6, 6]]
    assert arrays["correct"].tolist() == [[5, 4], [6, 5]]
    assert arrays["predicted"].tolist() == [[7, 5], [7, 5]]
    assert arrays["confusion"].tolist() == tables[1]
    arrays, meta = page.arrays("metrics", run="run", model="model", step=0)
    assert meta["step"] == 0
    assert arrays["confusion"].tolist() == tables[0]


def test_metrics_of_other_rows_are_aligned_by_name(open_page, tmp_path):
    first = class_metrics([[5, 1], [2, 4]])
    second = dataclasses.replace(first, rows=("class:1", "class:7"))
    with Log(tmp_path / "run") as log:
        log.write(0, [session(), first])
        log.write(1, [second])
    arrays, _ = open_page(tmp_path).arrays("metrics", run="run", model="model")
    assert arrays["correct"].tolist() == [[4, 0], [5, 4]]
