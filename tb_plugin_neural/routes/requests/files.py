"""The page's own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tensorboard import errors

from tb_plugin_neural.routes.requests import arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug import Request, Response

    from tb_plugin_neural.store.store import Store

FOLDER = Path(__file__).parents[2] / "static"
ENTRY = "index.js"
YEAR = 365 * 86400
"""Seconds that the browser may keep what the entry loads: its name has a hash of its content."""

TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}

UNBUILT = b"""\
export function render() {
  const note = document.createElement("p");
  note.style.cssText = "font: 14px system-ui; padding: 16px; color: #212121; background: #fff";
  note.textContent =
    "The page of Neural for TensorBoard is not built in this checkout. Run `make setup` or " +
    "`pip install -e .` there, start TensorBoard again and reload this page.";
  document.body.append(note);
}
"""
"""The page where there is none: a module that says how to build it."""


def table() -> Mapping[str, tuple[Path, str]]:
    """Return the files by name, with content type; nothing else is ever read."""
    if not FOLDER.is_dir():
        return {}
    return {
        path.relative_to(FOLDER).as_posix(): (path, TYPES[path.suffix])
        for path in FOLDER.rglob("*")
        if path.is_file() and path.suffix in TYPES
    }


def static(store: Store, request: Request) -> Response:
    """Answer a file of the page."""
    del store
    name = request.path.partition("/static/")[2]
    if name in table():
        path, kind = table()[name]
        return arguments.content(request, path.read_bytes(), kind, 0 if name == ENTRY else YEAR)
    if name == ENTRY:
        return arguments.content(request, UNBUILT, TYPES[".js"])
    raise errors.NotFoundError(f"no file {name[:80]!r} is part of the page")
