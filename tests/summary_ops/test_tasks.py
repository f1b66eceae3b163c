"""What a task makes of outputs and labels, and that nobody else asks which task it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from summary_ops import tasks

ROOT = Path(__file__).resolve().parents[2]


def sources() -> list[Path]:
    paths = [p for part in ("summary_ops", "tensorboard_neural") for p in (ROOT / part).rglob("*")]
    return [path for path in paths if path.suffix == ".py" and path.parent.name != "tasks"]


def test_nothing_outside_a_task_s_class_compares_its_name() -> None:
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare):
                constants = [c.value for c in ast.walk(node) if isinstance(c, ast.Constant)]
                if set(constants) & {*tasks.NAMES} - {None}:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize("name", tasks.NAMES)
def test_a_task_is_found_by_its_name_and_keeps_it(name: str | None) -> None:
    task = tasks.of(name, ("a", "b"))
    assert (task.name, task.classes) == (name, ("a", "b"))


def test_an_unknown_task_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="task='ranking', expected one of 'multiclass', 'binary'"):
        tasks.of("ranking")
