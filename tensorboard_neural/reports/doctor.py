"""Look at what the tab needs, and say what is in the way and how to mend it."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tb_plugin_neural.reading.opening import NothingRecorded, open_store
from tb_plugin_neural.store.store import Store

OURS, NAME = "tensorboard-plugin-neural", "neural"
LEAST_PYTHON, LEAST_TENSORBOARD = (3, 11), (2, 21)
RIVALS = ("tb-nightly", "tensorboard-nightly")
OPTIONAL = {
    "torch": "recording",
    "umap-learn": "maps by UMAP",
    "pillow": "pictures",
    "pandas": "frames of tb_plugin_neural.read",
}


@dataclass(frozen=True)
class Check:
    """One check: `good`, with what was found, or the line that mends it.

    A check that is not good and has no `cure` is for information.
    """

    what: str
    good: bool
    says: str
    cure: str | None = None

    @property
    def mark(self) -> str:
        """`ok`, `bad`, or `-` for what may be missing."""
        return "ok" if self.good else "bad" if self.cure else "-"


def run(options: argparse.Namespace) -> int:
    """Print all checks; 1 where something is in the way, else 0."""
    checks = [check for look in CHECKS for check in look()]
    if options.logdir is not None:
        checks += logs(options.logdir)
    for check in checks:
        print(f"{check.mark:<4}{check.what}: {check.says}")
        if not check.good and check.cure:
            print(f"    → {check.cure}")
    bad = sum(check.mark == "bad" for check in checks)
    print(f"\n{bad} in the way." if bad else "\nNothing is in the way.")
    return 1 if bad else 0


def version(name: str) -> str | None:
    """Return the installed version of a distribution, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(".")[:2]
    return tuple(int(part) for part in parts if part.isdigit())


def python() -> Iterator[Check]:
    """Check the interpreter that runs this."""
    found = ".".join(map(str, sys.version_info[:3]))
    least = ".".join(map(str, LEAST_PYTHON))
    good = sys.version_info[:2] >= LEAST_PYTHON
    cure = f"use Python {least} or later"
    yield Check("Python", good, f"{found}, {sys.executable}", cure)


def packages() -> Iterator[Check]:
    """Check this package and TensorBoard."""
    copies = {
        str(one.locate_file(""))
        for one in importlib.metadata.distributions()
        if (one.metadata["Name"] or "").lower() == OURS and one.read_text("INSTALLER") is not None
    }  # a checkout's own metadata was installed by nobody
    installed = version(OURS)
    cure = f"{sys.executable} -m pip install {OURS}"
    yield Check(OURS, installed is not None, installed or "not installed", cure)
    if len(copies) > 1:
        yield Check(
            OURS, False, f"installed twice: {', '.join(sorted(copies))}",
            f"{sys.executable} -m pip uninstall {OURS}, twice; then install it again",
        )  # fmt: skip
    found = version("tensorboard")
    enough = found is not None and _numbers(found) >= LEAST_TENSORBOARD
    least = ".".join(map(str, LEAST_TENSORBOARD))
    cure = f'{sys.executable} -m pip install --upgrade "tensorboard>={least}"'
    yield Check("TensorBoard", enough, found or "not installed", cure)
    for rival in RIVALS:
        if there := version(rival):
            cure = f"{sys.executable} -m pip uninstall {rival}, then reinstall tensorboard"
            says = f"{there} overwrites files of tensorboard"
            yield Check(rival, False, says, cure)


def command() -> Iterator[Check]:
    """Check which `tensorboard` a shell runs."""
    found = shutil.which("tensorboard")
    ours = Path(sysconfig.get_path("scripts"))
    module = f"{sys.executable} -m tensorboard.main --logdir …"
    if found is None:
        says = f"no tensorboard on PATH; it is in {ours}"
        yield Check("PATH", False, says, f"start it with {module}")
        return
    same = os.path.realpath(Path(found).parent) == os.path.realpath(ours)
    says = found if same else f"{found} is of another environment than {ours}, and lacks the tab"
    yield Check("PATH", same, says, f"start it with {module}")


def server() -> Iterator[Check]:
    """TensorBoard's data server, without which it reads event files in Python."""
    found = version("tensorboard-data-server")
    says = f"tensorboard-data-server {found}" if found else "none: files are read in Python"
    yield Check("data server", found is not None, says)


def plugin() -> Iterator[Check]:
    """Check that TensorBoard finds the plugin, and the plugin its page."""
    points = importlib.metadata.entry_points(group="tensorboard_plugins")
    mine = [point for point in points if point.name == NAME]
    cure = f"{sys.executable} -m pip install --force-reinstall --no-deps {OURS}"
    yield Check(
        "plugin", bool(mine), mine[0].value if mine else "TensorBoard is not told of it", cure
    )
    try:
        files = importlib.import_module("tb_plugin_neural.plugin").__file__ or ""
    except Exception as error:  # noqa: BLE001  whatever it is keeps the tab away
        yield Check("plugin", False, f"cannot be imported: {error!r}", cure)
        return
    page = Path(files).parent / "static" / "index.js"
    says = str(page) if page.exists() else f"{page} is missing"
    yield Check("page", page.exists(), says, f"{cure}, or make frontend in a checkout")


def optional() -> Iterator[Check]:
    """Check what only a part needs."""
    for name, use in OPTIONAL.items():
        found = version(name)
        yield Check(name, found is not None, found or f"not installed; for {use}")


CHECKS: tuple[Callable[[], Iterator[Check]], ...] = (
    python,
    packages,
    command,
    server,
    plugin,
    optional,
)


def logs(logdir: Path) -> Iterator[Check]:
    """Check what the tab will see in a log directory."""
    files = list(logdir.rglob("*tfevents*")) if logdir.is_dir() else []
    if not files:
        cure = "give TensorBoard the folder that SummaryWriter was given, or one above it"
        says = "has no event files" if logdir.is_dir() else "is no folder"
        yield Check(str(logdir), False, says, cure)
        return
    unreadable = [path for path in files if not os.access(path, os.R_OK)]
    if unreadable:
        says = f"{len(unreadable)} of {len(files)} event files cannot be read"
        yield Check(str(logdir), False, says, f"chmod +r {unreadable[0]}")
    size = sum(path.stat().st_size for path in files) / 2**20
    yield Check(str(logdir), True, f"{len(files)} event files, {size:.1f} MB")
    try:
        store = open_store(logdir)
    except NothingRecorded as error:
        yield Check("records", False, str(error), "see docs/recording.md")
        return
    yield from _models(store)


def _models(store: Store) -> Iterator[Check]:
    for model in store.snapshot.models:
        steps = {step for found in model.recorded.values() for step in found}
        name = model.run if model.name == "model" else f"{model.run} ({model.name})"
        says = (
            f"{len(steps)} steps, {len(model.about.layers)} layers, "
            f"{len(model.about.classes)} classes, {'a' if model.about.probe else 'no'} probe set"
        )
        yield Check(f"run {name}", True, says)
    for problem in store.problems():
        yield Check(problem.what, False, problem.message, "the rest is shown; record it again")
