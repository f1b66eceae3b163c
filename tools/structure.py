"""Print how the Python packages are built: `make structure`. A test holds it to the limits.

Each package has one ordered list of floors. A floor is a folder, or a single module where a folder
would hold nothing else. A module belongs to the floor with the longest name that fits, and may
import from its own floor and from those below it, type-only imports included.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parents[1]
MOST_MODULES = 12
MOST_NAMES = 12

# From the bottom up.
FLOORS = {
    "tb_plugin_neural": (
        "contract",
        "analysis.networks",
        "analysis.maps",
        "analysis",
        "store",
        "lookup",
        "reader",
        "reading",
        "routes.requests",
        "routes.answers",
        "routes.activations",
        "routes.graphs",
        "routes.contents",
        "routes.what_if",
        "routes",
        "",
    ),
    "summary_ops": (
        "schedule",
        "problems",
        "statistics",
        "data",
        "tasks",
        "network.modules",
        "network.layouts",
        "network.isolation",
        "network.model",
        "network.hooks",
        "network",
        "session",
        "images",
        "attacks",
        "streaming.subsets",
        "streaming",
        "tracing.graph",
        "tracing.roles",
        "tracing.fields",
        "tracing.influence",
        "tracing",
        "probe",
        "projections",
        "influence",
        "options",
        "arrays",
        "passes",
        "step_records",
        "pipeline",
        "recorder",
        "jobs.job",
        "jobs.feature_visualization",
        "jobs.strips",
        "jobs.saliency",
        "jobs.ablation",
        "jobs.attack_report",
        "jobs",
        "",
    ),
    "tensorboard_neural": (
        "usage_error",
        "progress",
        "jobs",
        "serving",
        "user_models",
        "reports",
        "demo",
        "",
    ),
}
# Which packages a package stands upon, and which of their floors.
BELOW = {
    "tb_plugin_neural": (),
    "summary_ops": ("tb_plugin_neural.contract", "tb_plugin_neural.analysis"),
    "tensorboard_neural": ("summary_ops", "tb_plugin_neural"),
}


def modules() -> dict[str, Path]:
    """Every module of the packages by its dotted name; a package stands for its `__init__`."""
    paths = [path for package in FLOORS for path in (ROOT / package).rglob("*.py")]
    named = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}
    return {name.removesuffix(".__init__"): path for name, path in sorted(named.items())}


MODULES = modules()


def imports(path: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Yield every imported module, at any depth, type-only imports included.

    Raises:
        ValueError: an import is relative.
    """
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}:{node.lineno} imports relatively")
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node, inner if inner in MODULES else str(node.module)


def within(name: str, part: str) -> bool:
    """Return whether a module is `part` or lies in it."""
    return not part or name == part or name.startswith(f"{part}.")


def floor(name: str) -> int:
    """Return the place of a module's floor in its package's list."""
    package, _, inner = name.partition(".")
    fitting = [part for part in FLOORS[package] if within(inner, part)]
    return FLOORS[package].index(max(fitting, key=len))


def graph() -> nx.DiGraph:
    """Return what imports what among the modules of all packages."""
    found = nx.DiGraph()
    found.add_nodes_from(MODULES)
    for name, path in MODULES.items():
        found.add_edges_from((name, other) for _, other in imports(path) if other in MODULES)
    return found


def cycles() -> list[list[str]]:
    """Return the groups of modules that import one another."""
    return [sorted(part) for part in nx.strongly_connected_components(graph()) if len(part) > 1]


def upward() -> list[str]:
    """Return a line for each import that its floor does not allow: what it is, and the rule."""
    found = []
    for name, path in MODULES.items():
        package = name.split(".")[0]
        for node, other in imports(path):
            if other.split(".")[0] not in FLOORS:
                continue
            place = f"{path.relative_to(ROOT)}:{node.lineno} imports {other}"
            if other.split(".")[0] != package:
                if not any(within(other, part) for part in BELOW[package]):
                    found.append(f"{place}; {package} may import {', '.join(BELOW[package])}")
            elif floor(other) > floor(name):
                ours, theirs = FLOORS[package][floor(name)], FLOORS[package][floor(other)]
                found.append(f"{place}; in {package}, {theirs or 'the root'} is above {ours}")
    return found


def modules_by_folder() -> Counter[str]:
    """Count each folder's modules, `__init__` and generated code apart."""
    return Counter(
        path.parent.relative_to(ROOT).as_posix()
        for path in MODULES.values()
        if path.stem != "__init__" and not path.stem.endswith("_pb2")
    )


def recorder_names() -> list[str]:
    """Return the public names of `Recorder`, attributes that its constructor sets included."""
    tree = ast.parse(MODULES["summary_ops.recorder"].read_text("utf-8"))
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    (cls,) = (node for node in classes if node.name == "Recorder")
    names = {node.name for node in cls.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(cls):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=attr, ctx=ast.Store()):
                names.add(attr)
    return sorted(name for name in names if not name.startswith("_"))


def code_lines() -> dict[str, int]:
    """Count the lines of code of each package: no blank lines, comments or docstrings."""
    return {
        package: sum(_lines(path) for name, path in MODULES.items() if within(name, package))
        for package in FLOORS
    }


def _lines(path: Path) -> int:
    text = path.read_text("utf-8")
    docs: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                docs |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return sum(
        1
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.strip().startswith("#") and number not in docs
    )


def main() -> int:
    """Print the measures; return 1 where one exceeds its limit."""
    circles, wrong, names = cycles(), upward(), recorder_names()
    folder, fullest = modules_by_folder().most_common(1)[0]
    rows = (
        ("modules", len(MODULES), None),
        ("imports between them", graph().number_of_edges(), None),
        ("import cycles", len(circles), 0),
        ("upward imports", len(wrong), 0),
        (f"modules in the fullest folder ({folder})", fullest, MOST_MODULES),
        ("public names of Recorder", len(names), MOST_NAMES),
        *((f"code lines of {name}", lines, None) for name, lines in code_lines().items()),
    )
    for what, value, limit in rows:
        print(f"{value:7,d}  {what}" + ("" if limit is None else f" (at most {limit})"))
    for line in [*map(" ⇄ ".join, circles), *wrong]:
        print(line)
    return int(any(limit is not None and value > limit for _, value, limit in rows))


if __name__ == "__main__":
    sys.exit(main())
