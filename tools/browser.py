"""Print the path of a Chromium for the end-to-end tests, installing one when there is none.

`CHROMIUM` names one; else the first of the system's own is taken. As root on Debian its package
is installed, elsewhere Playwright's build.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Print the browser's path, alone, on standard output."""
    found = _present() or _installed()
    if found is None:
        sys.exit(
            "no Chromium was found, and none could be installed. Run "
            f"`{sys.executable} -m playwright install --with-deps chromium`, or install your "
            "system's chromium, or set CHROMIUM to the path of one."
        )
    print(found)


def _present() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named) or sys.exit(f"CHROMIUM={named} is not a program")
    return next((path for name in NAMES if (path := shutil.which(name))), None) or _of_playwright()


def _of_playwright() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _installed() -> str | None:
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        if _succeeds(["apt-get", "update"], environment) and _succeeds(install, environment):
            return shutil.which("chromium")
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return _of_playwright() if _succeeds(command, dict(os.environ)) else None


def _succeeds(command: list[str], environment: dict[str, str]) -> bool:
    print(f"$ {' '.join(command)}", file=sys.stderr)
    return subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode == 0


if __name__ == "__main__":
    main()
