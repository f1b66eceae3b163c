from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from tools.compatibility import libraries, wrappers
from tools.compatibility.__main__ import PAGE, put, row
from tools.compatibility.trying import PARTS, Case, Result, attempt


def rows() -> list[list[str]]:
    lines = PAGE.read_text("utf-8").splitlines()
    return [re.split(r" ?(?<!\\)\| ?", line)[1:-1] for line in lines if line.startswith("| ")]


def test_every_setup_is_on_the_page() -> None:
    names = [cells[0] for cells in rows()]
    assert set(wrappers.SETUPS) <= set(names)
    for library, name in libraries.SETUPS:
        assert any(re.fullmatch(rf"{library} \S+, {re.escape(name)}", one) for one in names), name


def test_no_setup_on_the_page_is_wrong_or_changed_by_recording() -> None:
    assert "**no**" not in PAGE.read_text("utf-8")


def test_what_is_not_recorded_of_a_setup_is_explained() -> None:
    for cells in rows():
        if cells[0] in wrappers.SETUPS and not cells[1]:
            assert cells[-1], cells[0]


@pytest.mark.parametrize(
    "name", ["a plain module", "a dataclass as one argument", "`inference_mode`, `observing`"]
)
def test_a_setup_is_compared_with_plain_pytorch(name: str) -> None:
    found = attempt(wrappers.SETUPS[name])
    whole = "observing" not in name
    assert found.right
    assert found.unchanged
    assert found.told == ()
    assert all(found.parts[part] for part in PARTS) == whole


def test_a_wrong_value_and_a_changed_weight_are_noticed() -> None:
    class Drifts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head, self.calls = nn.Linear(6, 3), 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.calls += 1  # outside of what can be put back
            return self.head(x * self.calls)

    def call(model: nn.Module, inputs: torch.Tensor) -> object:
        return model(inputs)

    found = attempt(lambda: Case(Drifts(), wrappers.BATCHES, observe=call))
    assert found.right is False


def test_a_refusal_is_written_down() -> None:
    def fails() -> Case:
        return wrappers.of(nn.Sequential(nn.LazyLinear(3)))

    found = attempt(fails)
    assert not found.parts
    assert "no weights yet" in row("lazy", found)


def test_a_table_replaces_the_one_before() -> None:
    page = "a\n<!-- setups -->\nold\n<!-- end -->\nb\n<!-- libraries -->\nkept\n<!-- end -->\n"
    assert put(page, "setups", "new") == page.replace("old", "new")
    long = row("name", Result({}, told=("word " * 100,)))
    assert len(long) < 400
