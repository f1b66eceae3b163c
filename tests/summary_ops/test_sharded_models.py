"""A model that FSDP2 spreads over two processes is recorded as the whole one is in one process."""

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

from tests.summary_ops import sharded_processes
from tests.summary_ops.numpy_counts import assert_same
from tests.summary_ops.sharded_processes import SCENARIOS
from tests.summary_ops.written import written

KINDS = {"histograms", "moments", "class_metrics", "probe_activations", "predictions"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes wrote."""
    into, here = tmp_path_factory.mktemp("two"), Path(sharded_processes.__file__)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*command, str(here), str(into)],
        env=os.environ | {"PYTHONPATH": str(here.parents[2]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return into


@pytest.fixture(scope="module")
def said(folder: Path) -> list[dict[str, Any]]:
    """What each process says of it."""
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in (0, 1)]


@pytest.mark.parametrize("name", SCENARIOS)
def test_counts_are_those_of_the_whole_model_fed_the_same_batches(
    folder: Path, tmp_path: Path, name: str
) -> None:
    sharded_processes.record(name, sharded_processes.network(), tmp_path, None)
    expected, found = written(tmp_path / name), written(folder / name)
    wanted = {key: record for key, record in expected.items() if key[0] in KINDS}
    assert {key[0] for key in wanted} >= {"histograms", "moments", "class_metrics"}
    for key, record in wanted.items():
        assert_same(_in_order_of(found[key], record), record, rtol=1e-9)


def _in_order_of(mine: Any, other: Any) -> Any:
    """The same record with its subsets in the order of another one."""
    if not hasattr(mine, "subsets"):
        return mine
    order = [mine.subsets.index(name) for name in other.subsets]
    arrays = {
        name: value[order]
        for name, value in vars(mine).items()
        if isinstance(value, np.ndarray) and value.ndim and len(value) == len(mine.subsets)
    }
    return replace(mine, subsets=other.subsets, **arrays)


def test_training_is_the_same_between_forward_and_backward_too(said: list[dict[str, Any]]) -> None:
    plain, recorded = said[0]["plain"], said[0]["recorded"]
    assert plain.keys() == recorded.keys()
    assert plain
    for name, value in plain.items():
        assert torch.equal(value, recorded[name]), name


def test_what_needs_passes_of_one_process_is_left_out_and_reported(
    said: list[dict[str, Any]],
) -> None:
    for one in said:
        told = one["problems"]["graph and projection"]
        assert set(told) == {"projections", "influence and importance"}
        assert not any(one["problems"][name] for name in SCENARIOS if "graph" not in name)


def test_what_cannot_be_done_is_refused_on_every_process(said: list[dict[str, Any]]) -> None:
    for one in said:
        assert "run them on a copy that is not spread" in one["refusals"]["a job"]
        assert "process 0 gives no batch" in one["refusals"]["no batch"]
        assert "split over processes" in one["refusals"]["tensor parallel"]
        assert one["refusals"]["fingerprint"] == ""
