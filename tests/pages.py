"""Short ways to ask a page."""

from __future__ import annotations

from typing import Any

from tests.logs import subject
from tests.servers import Page


def counted(
    page: Page,
    run: str,
    step: int,
    layer: str = "fc",
    subset: str = "class:0",
    model: str = "model",
) -> tuple[int, dict[str, Any]]:
    """The step found, and the distributions of a subject."""
    arrays, meta = page.arrays("distributions", layer=layer, s=subject(run, step, subset, model))
    return meta["subjects"][0]["step"], arrays


def model_of(page: Page, run: str, name: str = "model") -> Any:
    """A model in the index."""
    models = page.json("index")["models"]
    return next(m for m in models if (m["run"], m["model"]) == (run, name))
