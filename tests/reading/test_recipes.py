"""The recipes of docs/reading.md run as they stand, on a log directory of the tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.logs import Log, half, predictions, probe, session, step_of
from tests.routes.probed import LABELS, PROBABILITIES, instances_of

PAGE = Path(__file__).parents[2] / "docs" / "reading.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    with Log(tmp_path / "runs" / "plain") as log:
        log.write(0, [session(probe="probe-1"), probe(len(LABELS))])
        for step in (0, 10):
            found = step_of(step)
            for layer, units in (("fc", 4), ("logits", 3)):
                found[layer].append(half(instances_of(step)[:, :units]))
            log.write(step, found)
            log.write(step, [predictions(PROBABILITIES, LABELS)])
    monkeypatch.chdir(tmp_path)


def test_there_are_five_recipes():
    assert len(BLOCKS) == 1 + 5


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("recipe", range(1, len(BLOCKS)))
def test_a_recipe_runs_and_prints(recipe, capsys):
    exec(compile(BLOCKS[0] + BLOCKS[recipe], "reading.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out.strip()


@pytest.mark.usefixtures("folder")
def test_the_first_recipe_prints_the_accuracies_that_were_recorded(capsys):
    exec(compile(BLOCKS[0] + BLOCKS[1], "reading.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out.split() == ["0", "0.825", "10", "0.825"]
