"""The house's own rules: what may import what, how long a file may be, what no file may say."""

from __future__ import annotations

import ast
import json
import os
import re
from pathlib import Path

import networkx as nx
import pytest

from tools import prose, structure
from tools.structure import FLOORS as PACKAGES
from tools.structure import MODULES, ROOT, imports, within

LONGEST = 300
LONGER_BY_NATURE = {  # the contract, one dataclass a kind of record; what is made from routes
    "frontend/src/api/schema.ts",
    "tb_plugin_neural/contract/records.py",
    "tb_plugin_neural/contract/graph_records.py",
}

# Which libraries a part may not import.
STRANGERS = {
    "tb_plugin_neural": ("torch", "umap", "summary_ops", "PIL", "tqdm"),
    "tb_plugin_neural.analysis": ("torch", "umap", "summary_ops", "tensorboard", "werkzeug"),
    "summary_ops": ("tensorboard", "werkzeug"),
    "summary_ops.session.events": ("torch",),
    "tensorboard_neural": ("tb_plugin_neural.routes",),
}


def _source_files() -> list[Path]:
    folders = [*PACKAGES, "frontend/src", "tests", "tools", "examples", "benchmarks"]
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    sources = [path for path in found if path.suffix in {".py", ".ts", ".tsx", ".css", ".proto"}]
    return [path for path in sources if "_pb2" not in path.name]


def _texts() -> list[Path]:
    top = [path for path in ROOT.glob("*.*") if path.suffix in {".md", ".py", ".toml", ".txt"}]
    tools = [ROOT / "Makefile", ROOT / ".ci" / "run", *(ROOT / "frontend").glob("*.json")]
    return [*_source_files(), *top, *tools, *(ROOT / "docs").rglob("*.md")]


# What a folder of the page may import besides itself; `App` and `index` stand above all.
PAGE = ROOT / "frontend" / "src"
PURE = ("model", "api")
SHARED = ("stage", "plot", "ui", "gl", *PURE)
FLOORS = {
    "api": (),
    "model": ("api",),
    "gl": PURE,
    "ui": PURE,
    "plot": ("ui", *PURE),
    "stage": SHARED,
    "state": PURE,
    "host": ("state", *PURE),
    "panels": ("state", *SHARED),
    "rail": ("panels", "state", *SHARED),
    "shell": ("host", "rail", "panels", "state", *SHARED),
    "views": ("panels", "state", *SHARED),
}


def _page_imports() -> dict[str, list[str]]:
    """Modules of the page without their endings, and what each imports, types included."""
    found = {}
    for path in sorted([*PAGE.rglob("*.ts"), *PAGE.rglob("*.tsx")]):
        names = re.findall(r'(?:from |import |import\()"(\.[^"?]+)"', path.read_text("utf-8"))
        targets = [os.path.relpath((path.parent / name).resolve(), PAGE) for name in names]
        found[path.relative_to(PAGE).with_suffix("").as_posix()] = targets
    return found


def test_no_import_goes_up() -> None:
    assert structure.upward() == []


def test_no_modules_import_each_other() -> None:
    assert structure.cycles() == []


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    full = {
        folder: count
        for folder, count in structure.modules_by_folder().items()
        if count > structure.MOST_MODULES
    }
    assert full == {}, f"more than {structure.MOST_MODULES} modules: {full}"


def test_a_recorder_has_few_public_names() -> None:
    names = structure.recorder_names()
    assert len(names) <= structure.MOST_NAMES, f"Recorder has {len(names)} public names: {names}"


@pytest.mark.parametrize("name", MODULES)
def test_no_part_imports_what_it_must_do_without(name: str) -> None:
    strangers = STRANGERS[max((part for part in STRANGERS if within(name, part)), key=len)]
    for node, imported in imports(MODULES[name]):
        place = f"{MODULES[name].relative_to(ROOT)}:{node.lineno} imports {imported}"
        assert not any(within(imported, stranger) for stranger in strangers), place


def test_the_page_imports_only_downwards() -> None:
    wrong = []
    for name, imported in _page_imports().items():
        if "/" not in name or name.endswith(".test"):
            continue
        folder, *inner = name.split("/")
        for target in imported:
            other, *others = target.split("/")
            down = other == folder or other in FLOORS[folder]
            beside = folder == other == "views" and inner[1:] and others[1:]
            if not down or (beside and inner[0] != others[0]):
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_no_modules_of_the_page_import_each_other() -> None:
    graph = {name: set(found) for name, found in _page_imports().items()}
    while leaves := [name for name, found in graph.items() if not found & graph.keys()]:
        for name in leaves:
            del graph[name]
    assert graph == {}, "these import one another in a circle"


def test_nothing_below_the_recorder_takes_one() -> None:
    """What it is made of gets facts and returns results; jobs stand above it."""
    below = nx.descendants(structure.graph(), "summary_ops.recorder")
    takers = [
        f"{name}.{node.name}"
        for name in sorted(below)
        for node in ast.walk(ast.parse(MODULES[name].read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if argument.annotation is not None
        and "Recorder" in ast.unparse(argument.annotation).split()
    ]
    assert takers == []
    assert "summary_ops.jobs.job" not in below


def test_the_entry_point_imports_nothing_that_tensorboard_lacks() -> None:
    """A failing import there would end TensorBoard itself."""
    tree = ast.parse(MODULES["tb_plugin_neural.loader"].read_text("utf-8"))
    at_import = {node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)}
    roots = {
        name.split(".")[0]
        for node, name in imports(MODULES["tb_plugin_neural.loader"])
        if node.lineno in {statement.lineno for statement in at_import}
    }
    assert roots <= {"__future__", "argparse", "collections", "logging", "tensorboard", "typing"}


def test_every_source_file_can_be_read_in_one_sitting() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): sum(
            1 for line in path.read_text("utf-8").splitlines() if line.strip()
        )
        for path in _source_files()
    }
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST}
    assert long.keys() <= LONGER_BY_NATURE, f"lines that are not blank, at most {LONGEST}: {long}"


def test_docs_and_docstrings_use_the_words_of_the_project() -> None:
    assert prose.faults() == [], "see VOCABULARY in tools/prose.py"


def test_nothing_is_left_to_be_done_later() -> None:
    words = re.compile(r"\b(TO" + "DO|FIX" + r"ME)\b")
    assert [str(path) for path in _texts() if words.search(path.read_text("utf-8"))] == []


def test_no_file_names_a_package_registry() -> None:
    names = (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
    hosts = [".".join(parts) for parts in names]
    for path in _texts():
        assert not [host for host in hosts if host in path.read_text("utf-8")], path


def test_the_lock_file_leaves_the_registry_to_the_machine() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry.get("integrity")] == []
