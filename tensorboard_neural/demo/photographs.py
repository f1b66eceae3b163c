"""Photographs that come with Python packages, and views of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image

BUNDLED = (  # package, folder, pattern
    ("foolbox", "data", "imagenet_*.jpg"),  # its name ends with the photograph's class
    *(
        ("skimage", "data", name)
        for name in (
            *("astronaut.png", "camera.png", "chelsea.png"),
            *("coffee.png", "motorcycle_left.png", "rocket.jpg"),
        )
    ),
    ("sklearn", "datasets/images", "*.jpg"),
)
LEAST = 0.8  # of a photograph's shorter side, a view's side


def find() -> list[Path]:
    """Return the photographs that come with the packages that are installed."""
    found: list[Path] = []
    for package, inside, pattern in BUNDLED:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            found += sorted((Path(spec.origin).parent / inside).glob(pattern))
    return found


def views(photograph: Image.Image, count: int, seed: int) -> list[Image.Image]:
    """Square cuts of a photograph, half of them mirrored.

    Args:
        photograph: of any size.
        count: number of cuts.
        seed: of sizes (from 80 % of the shorter side on), places and mirroring.
    """
    random = np.random.default_rng(seed)
    return [_view(photograph, random) for _ in range(count)]


def _view(photograph: Image.Image, random: np.random.Generator) -> Image.Image:
    width, height = photograph.size
    side = round(min(width, height) * random.uniform(LEAST, 1))
    left, top = (int(random.integers(length - side + 1)) for length in (width, height))
    cut = photograph.crop((left, top, left + side, top + side))
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else cut
