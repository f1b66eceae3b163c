"""Docs and docstrings use the project's words, and docstrings begin as imperatives or nouns."""

from __future__ import annotations

import pytest

from tools import prose


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("The removal of a unit.", "'removal': say ablation, ablated"),
        ("It is taken for a cat.", "'taken for': say predicted as, or confused with"),
        ("Its name is told\nonce, as it is none of these.", "'is told': say report"),
        ("What a layer puts out.", "opens with 'What'"),
    ],
)
def test_a_fault_is_found_where_it_stands(
    sentence: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prose, "texts", lambda: [prose.Text("a.py", 7, sentence, opens=True)])
    assert any(line.startswith("a.py:7 ") and fault in line for line in prose.faults())


def test_code_is_no_prose(monkeypatch: pytest.MonkeyPatch) -> None:
    text = prose._without_code("`removal` and\n```\nremoval\n```\n[a](removal.md)\n>>> removal()")
    monkeypatch.setattr(prose, "texts", lambda: [prose.Text("a.md", 1, text, opens=False)])
    assert prose.faults() == []
