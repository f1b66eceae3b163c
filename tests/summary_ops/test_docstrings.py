"""Public names are documented: arguments, results, errors, and an example that runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from typing import Any

import pytest

import summary_ops
from summary_ops import attacks
from tests.summary_ops import doctest_names

MODULES = sorted(
    {
        *(f.name for f in pkgutil.walk_packages(summary_ops.__path__, f"{summary_ops.__name__}.")),
        *(
            getattr(summary_ops, name).__module__
            for name in summary_ops.__all__
            if name != "attacks"
        ),
    }
)
PUBLIC = {
    **{name: getattr(summary_ops, name) for name in summary_ops.__all__ if name != "attacks"},
    **{name: getattr(attacks, name) for name in attacks.__all__},
}
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return doctest_names.names(tmp_path_factory.mktemp("examples"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str, given: dict[str, Any]) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, extraglobs=given, optionflags=FLAGS).failed == 0


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_an_example(name: str) -> None:
    assert ">>> " in str(inspect.getdoc(PUBLIC[name]))


@pytest.mark.parametrize("name", [n for n in PUBLIC if not inspect.isclass(PUBLIC[n])])
def test_a_public_function_names_its_arguments_result_and_errors(name: str) -> None:
    text, signature = str(inspect.getdoc(PUBLIC[name])), inspect.signature(PUBLIC[name])
    for argument in signature.parameters:
        assert f"\n    {argument}: " in text or f"\n    **{argument}: " in text, argument
    assert "\nRaises:\n" in text
    assert "\nReturns:\n" in text or signature.return_annotation in {"None", None}


@pytest.mark.parametrize("name", summary_ops.__all__)
def test_public_names_say_what_they_are_for(name: str) -> None:
    public = getattr(summary_ops, name)
    assert inspect.getdoc(public)
    if inspect.isclass(public):
        for part, value in vars(public).items():
            assert part.startswith("_") or not callable(value) or inspect.getdoc(value), part
