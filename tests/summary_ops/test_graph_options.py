"""What may be asked of a recorder about graphs, and what it answers to what may not."""

from __future__ import annotations

from typing import Any

import networks
import pytest

from summary_ops import Graph, Recorder


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"masses": (0.03, 0)}, r"shares in \(0, 1\]"),
        ({"masses": (float("nan"),)}, r"shares in \(0, 1\]"),
        ({"masses": (0.1, 0.1)}, "different shares"),
        ({"influence": ("contributions",)}, "expected some of 'contribution', 'maximum'"),
        ({"influence": ("summit", "summit")}, "expected some of"),
        ({"baseline": "median"}, "expected 'zero' or 'mean'"),
        ({"inputs": 0}, r"Graph\(inputs=0\), expected 1 or more"),
        ({"examples": -1}, r"Graph\(examples=-1\), expected 0 or more"),
    ],
)
def test_a_value_out_of_range_is_named_with_what_was_expected(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Graph(**given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"masses": 0.03}, "expected several"),
        ({"influence": "summit"}, r"expected several: \('summit',\)"),
        ({"inputs": 6.4}, "expected a whole number"),
        ({"seed": True}, "expected a whole number"),
    ],
)
def test_a_value_of_another_type_is_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Graph(**given)


def test_a_recorder_takes_graph_options_or_none() -> None:
    for graph in (Graph(inputs=5), None):
        Recorder(networks.Vgg(), graph=graph)
    with pytest.raises(TypeError, match=r"expected summary_ops.Graph"):
        Recorder(networks.Vgg(), graph={"inputs": 5})  # type: ignore[arg-type]


def test_lists_are_as_good_as_tuples() -> None:
    assert Graph(masses=[0.01, 0.1], influence=["summit"]).masses == (0.01, 0.1)  # type: ignore[arg-type]
