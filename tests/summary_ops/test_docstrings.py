from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

import summary_ops

MODULES = sorted(
    found.name for found in pkgutil.walk_packages(summary_ops.__path__, f"{summary_ops.__name__}.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    tried = [doctest.testmod(importlib.import_module(name)).attempted for name in MODULES]
    assert sum(tried) > 0


@pytest.mark.parametrize("name", summary_ops.__all__)
def test_public_names_say_what_they_are_for(name: str) -> None:
    public = getattr(summary_ops, name)
    assert inspect.getdoc(public)
    if inspect.isclass(public):
        for part, value in vars(public).items():
            assert part.startswith("_") or not callable(value) or inspect.getdoc(value), part
