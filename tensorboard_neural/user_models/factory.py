"""Import and call what makes a network: `package.module:factory`, `model.py:factory("large")`."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from tensorboard_neural.usage_error import UsageError

SPEC = re.compile(r"(?P<where>.+?):(?P<name>[^\W\d][\w.]*)(?P<call>\(.*\))?")
EXPECTED = 'expected package.module:factory, or model.py:factory; with arguments, m:f("large", k=3)'


def build(spec: str) -> tuple[str, nn.Module]:
    """Build a network; return its name and the network.

    Args:
        spec: a module or a Python file, a colon, and a name in it, which may have dots, may be a
            network itself, and may be called with literals as arguments.

    Returns:
        The factory's name without its arguments, and the network.

    Raises:
        UsageError: there is no such factory, it fails, or it gives no network.
    """
    found = SPEC.fullmatch(spec)
    if found is None:
        raise UsageError(f"{spec!r} names no factory; {EXPECTED}")
    where, name = found["where"], found["name"]
    arguments, keywords = _parse(found["call"] or "()")
    module = _import(where)
    try:
        factory: Any = reduce(getattr, name.split("."), module)
    except AttributeError:
        own = sorted(
            key for key, value in vars(module).items() if callable(value) and key[0] != "_"
        )
        raise UsageError(
            f"{where} has no {name!r}; it has: {', '.join(own) or 'nothing'}"
        ) from None
    is_network = isinstance(factory, nn.Module)
    network = factory if is_network else _call(spec, factory, arguments, keywords)
    if not isinstance(network, nn.Module):
        raise UsageError(f"{spec} gave a {type(network).__name__}, expected a torch.nn.Module")
    return name, network


def _call(spec: str, factory: Any, arguments: list[Any], keywords: dict[str, Any]) -> Any:
    try:
        return factory(*arguments, **keywords)
    except Exception as error:
        raise UsageError(
            f"{spec} failed: {type(error).__name__}: {error}; it is called with the arguments that "
            f"stand behind its name, {EXPECTED.rpartition(', ')[2]}"
        ) from error


def _parse(call: str) -> tuple[list[Any], dict[str, Any]]:
    """Parse the literals in a call."""
    try:
        tree: Any = ast.parse(f"f{call}", mode="eval").body
        arguments = [ast.literal_eval(argument) for argument in tree.args]
        return arguments, {str(word.arg): ast.literal_eval(word.value) for word in tree.keywords}
    except (SyntaxError, ValueError, AttributeError) as error:
        raise UsageError(f"{call} are no arguments: strings, numbers and the like are") from error


def _import(where: str) -> ModuleType:
    """Import a module by name or file; the current folder, or the file's own, is on the path."""
    path = Path(where)
    is_file = path.suffix == ".py"
    if is_file and not path.is_file():
        raise UsageError(f"no file {path}; {EXPECTED}")
    for folder in (str(path.resolve().parent), str(Path.cwd())) if is_file else (str(Path.cwd()),):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    try:
        return _of_file(path) if is_file else importlib.import_module(where)
    except Exception as error:
        raise UsageError(
            f"{where} cannot be imported: {type(error).__name__}: {error}; modules are looked for "
            f"in {Path.cwd()} and among the packages of {sys.executable}"
        ) from error


def _of_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError("no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
