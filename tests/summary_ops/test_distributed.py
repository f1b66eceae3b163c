"""Two processes under torchrun write what one process writes that is fed the same batches."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import two_processes
from numpy_counts import assert_same
from two_processes import SCENARIOS, TRAININGS
from written import session, written

from summary_ops.streaming import budget
from tb_plugin_neural.contract.graph_records import INFLUENCE, ActivationCounts, Importance
from tb_plugin_neural.contract.records import Histograms

INFLUENCE_KINDS = {record.kind for record in INFLUENCE.values()}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """What two processes wrote, and what one did."""
    two, one = (tmp_path_factory.mktemp(name) for name in ("two", "one"))
    here = Path(two_processes.__file__)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    path = os.pathsep.join([str(here.parents[2]), str(here.parent)])
    done = subprocess.run(
        [*command, str(here), str(two)],
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    for name, scenario in SCENARIOS.items():
        two_processes.record(scenario, one / name, None)
    return two, one


def of_the_second_pass(kind: str) -> bool:
    """Whether process 0 alone records it, from what it has seen itself."""
    return kind in {"topology", "influence_sample", "importance", *INFLUENCE_KINDS}


def both(folders: tuple[Path, Path], name: str) -> tuple[dict[Any, Any], dict[Any, Any]]:
    two, one = (
        {
            key: record
            for key, record in written(folder / name).items()
            if not of_the_second_pass(key[0])
        }
        for folder in folders
    )
    assert {key[1:] for key in two} == {key[1:] for key in one}
    return two, one


@pytest.mark.parametrize("name", [name for name, s in SCENARIOS.items() if s.exact])
def test_counts_are_those_of_one_process_bit_for_bit(folders: tuple[Path, Path], name: str) -> None:
    two, one = both(folders, name)
    assert {key for key in two if key[0] != "session"} == {
        key for key in one if key[0] != "session"
    }
    for key, record in one.items():
        if key[0] == "session":
            continue
        pair = _in_order_of(two[key], record), record
        if isinstance(record, ActivationCounts) and SCENARIOS[name].feed is two_processes.observing:
            pair = _of_activation(pair[0]), _of_activation(record)
        assert_same(*pair, rtol=1e-6)
        if key[0] == "class_metrics":
            np.testing.assert_allclose(two[key].absolute_error, record.absolute_error, rtol=1e-9)


def test_instances_that_any_process_was_fed_are_seen(folders: tuple[Path, Path]) -> None:
    for found in folders:
        said = written(found / "run, probe set")
        for step in range(3):
            times = said["probe_predictions", "", step].times_seen("all")
            assert times.tolist() == [1] * 25 + [0] * 25


def test_process_0_alone_makes_the_second_pass_over_its_own_share(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    two = written(folders[0] / "run, window given")
    share = (two_processes.UNEVEN[0], slice(0))
    scenario = replace(SCENARIOS["run, window given"], shares=[share])
    two_processes.record(scenario, tmp_path, None)
    alone = {key: r for key, r in written(tmp_path).items() if of_the_second_pass(key[0])}
    assert {key[0] for key in alone} >= {"influence_sample", "importance"}
    for key, record in alone.items():
        if key[0] in INFLUENCE_KINDS:
            assert _producers(record).items() <= _producers(two[key]).items()
        else:
            assert_same(two[key], record, rtol=1e-6)


def _producers(record: Any) -> dict[tuple[str, int], list[int]]:
    """The strongest producers; which units have some follows from what all processes counted."""
    return {
        (record.subsets[subset], int(unit)): producers.tolist()
        for subset, unit, producers in zip(record.subset, record.unit, record.producer, strict=True)
    }


def _of_activation(record: ActivationCounts) -> ActivationCounts:
    """Without deviations: in `observing` each process has a center of its own at first."""
    ways = [way for way, of in enumerate(record.of) if of == "activation"]
    return replace(
        record,
        masses=tuple(record.masses[way] for way in ways),
        of=("activation",) * len(ways),
        counts=record.counts[ways],
        center=np.zeros_like(record.center),
    )


def _in_order_of(record: Any, other: Any) -> Any:
    """The same record with its subsets in another's order: processes meet them differently."""
    if not hasattr(record, "subsets") or record.subsets == other.subsets:
        return record
    assert set(record.subsets) == set(other.subsets)
    order = [record.subsets.index(subset) for subset in other.subsets]
    values = {
        name: value[order] if isinstance(value, np.ndarray) and len(value) == len(order) else value
        for name, value in vars(record).items()
    }
    total = {record.subsets[row] for row in getattr(record, "total", ())}
    values |= {"subsets": other.subsets}
    if isinstance(record, ActivationCounts):
        values["counts"] = record.counts[:, order]
    if hasattr(record, "total"):
        values["total"] = tuple(at for at, name in enumerate(other.subsets) if name in total)
    return type(record)(**values)


def test_sums_agree_to_a_billionth(folders: tuple[Path, Path]) -> None:
    expected = two_processes.sums(None)
    for rank in range(2):
        found = torch.load(folders[0] / f"sums-{rank}.pt")
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=0)


def test_with_windows_of_their_own_totals_are_those_of_one_process(
    folders: tuple[Path, Path],
) -> None:
    two, one = both(folders, "observing")
    for key, record in one.items():
        if key[0] != Histograms.kind:
            continue
        found = _in_order_of(two[key], record)
        np.testing.assert_array_equal(found.inputs, record.inputs)
        np.testing.assert_array_equal(found.zero, record.zero)
        totals = [
            r.counts.sum(2, dtype=int) + r.zero + r.under.astype(int) + r.over + r.nan
            for r in (found, record)
        ]
        np.testing.assert_array_equal(*totals)


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_the_session_says_is_what_one_process_says(
    folders: tuple[Path, Path], name: str
) -> None:
    two, one = (session(folder / name) for folder in folders)
    assert two == one
    assert two.layers


def test_processes_agree_on_the_focus_classes(folders: tuple[Path, Path]) -> None:
    two, _ = both(folders, "many classes")
    kept = [
        {s for s in two["histograms", "3", step].subsets if s.startswith("class:")}
        for step in range(3)
    ]
    assert kept[0] == set()
    assert kept[1] == kept[2]
    assert 0 < len(kept[1]) <= budget.FOCUS


@pytest.mark.parametrize("name", TRAININGS)
def test_process_0_decides_for_all_how_much_of_the_time_is_spent(
    folders: tuple[Path, Path], tmp_path: Path, name: str
) -> None:
    first, second = (
        torch.load(folders[0] / f"{name}-{rank}.pt", weights_only=False) for rank in range(2)
    )
    assert first == second
    assert first == two_processes.efforts(TRAININGS[name][0], tmp_path, None)
    measured = [step for step, (_, measures) in enumerate(first) if measures]
    assert measured == ([0] if name == "busy first" else [0, 1, 2, 3])
    records = written(folders[0] / name)
    assert {key[2] for key in records if key[0] == Importance.kind} == set(measured)
    assert {key[2] for key in records if key[0] == Histograms.kind} == {0, 1, 2, 3}
    *_, last = (records[key] for key in sorted(records) if key[0] == "session")
    assert any("share=0.5" in note for note in last.left_out) == (name == "busy first")


def test_processes_alone_would_have_decided_otherwise(tmp_path: Path) -> None:
    first, second = TRAININGS["busy first"]
    alone = [
        two_processes.efforts(seconds, tmp_path / str(seconds), None) for seconds in (first, second)
    ]
    assert alone[0] != alone[1]
