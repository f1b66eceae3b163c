"""Fetch files: whole and with the right checksum, or not at all."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from typing import IO

from tqdm import tqdm

CHUNK = 2**16
TIMEOUT = 20  # seconds without a byte
PACKAGE_TIMEOUT = 180  # seconds for a Debian package


class Unavailable(Exception):
    """A file cannot be had from one source; the text says why."""


def cache_folder() -> Path:
    """Return the folder of fetched files: `NEURAL_CACHE`, else in the user's cache folder."""
    if chosen := os.environ.get("NEURAL_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tensorboard-plugin-neural"


def read(path: Path, sha256: str, *, unzip: bool = False) -> bytes:
    """Return the content of a verified file, unpacked by gzip if asked.

    Raises:
        Unavailable: there is no such file, or its content is another.
    """
    try:
        data = path.read_bytes()
        content = gzip.decompress(data) if unzip else data
    except (OSError, EOFError) as error:
        raise Unavailable(f"{path}: {error}") from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise Unavailable(f"{path}: its content has the SHA-256 {found}, expected {sha256}")
    return content


def download(address: str, path: Path, sha256: str, *, unzip: bool = False) -> None:
    """Fetch a file, which appears at `path` only when it is whole and right.

    Raises:
        Unavailable: the address does not answer, or the file is another than expected.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _copy(address, file, path.name)
        read(partial, sha256, unzip=unzip)
        partial.replace(path)
    except (OSError, ValueError) as error:  # URLError is an OSError
        raise Unavailable(f"{address}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _copy(address: str, file: IO[bytes], name: str) -> None:
    with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:  # noqa: S310
        size = int(answer.headers.get("Content-Length") or 0)
        with tqdm(total=size or None, desc=name, unit="B", unit_scale=True, leave=False) as bar:
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))


def debian_package(package: str, folder: Path) -> None:
    """Fetch a Debian package and unpack it into `folder`; this needs no root.

    Raises:
        Unavailable: this is no Debian, or the package cannot be fetched.
    """
    apt, unpack = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if apt is None or unpack is None:
        raise Unavailable("no apt-get and dpkg-deb on this machine")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        work = Path(name)
        try:
            _run(apt, "download", package, cwd=work)
        except Unavailable:  # without package lists; ours are kept apart from the system's
            lists = _private_lists(work)
            _run(apt, *lists, "update", cwd=work)
            _run(apt, *lists, "download", package, cwd=work)
        archive = next(work.glob("*.deb"), None)
        if archive is None:
            raise Unavailable(f"apt-get download {package} left no package")
        _run(unpack, "-x", archive.name, "unpacked", cwd=work)
        shutil.rmtree(folder, ignore_errors=True)
        (work / "unpacked").replace(folder)


def _private_lists(work: Path) -> list[str]:
    options = []
    for key, folder in (("State::lists", "lists"), ("Cache", "cache")):
        (work / folder / "partial").mkdir(parents=True)
        (work / folder / "archives" / "partial").mkdir(parents=True)
        options += ["-o", f"Dir::{key}={work / folder}"]
    return options


def _run(*command: str, cwd: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            command,
            check=False,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=PACKAGE_TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{' '.join(command)}: no end after {PACKAGE_TIMEOUT} s") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Unavailable(f"{Path(command[0]).name} {' '.join(command[1:])}: {last}")
