"""Find a Chromium for the end-to-end tests, or install one.

`CHROMIUM` names one; else the first of the system's own is taken. As root on Debian its package
is installed, elsewhere Playwright's build.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Playwright's `executable_path`: a path, or None for Playwright's own build.

    Raises:
        FileNotFoundError: there is none and none can be installed; tells what to run.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        if found := shutil.which(named):
            return found
        raise FileNotFoundError(f"CHROMIUM={named} is not a program")
    return _on_path() or _of_debian() or _of_playwright()


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _of_debian() -> str | None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return None
    install = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium")
    return _on_path() if _succeeds("apt-get", "update") and _succeeds(*install) else None


def _of_playwright() -> None:
    install = (sys.executable, "-m", "playwright", "install", "chromium")
    if not _succeeds(*install):
        raise FileNotFoundError(
            f"no Chromium was found, and none could be installed. Run `{' '.join(install)}`, or "
            "install your system's chromium, or set CHROMIUM to the path of one."
        )


def _succeeds(*command: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    try:
        print(f"browser: {chromium() or 'of Playwright'}")
    except FileNotFoundError as error:
        sys.exit(str(error))
