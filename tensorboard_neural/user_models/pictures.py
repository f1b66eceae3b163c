"""The pictures of a folder: their files, the labels that its subfolders give, and their pixels."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from tensorboard_neural.usage_error import UsageError

UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow raises for files that are damaged or no pictures."""

Array = np.ndarray[Any, np.dtype[Any]]

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pixels; what most networks for photographs were trained with."""


SPLITS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})
"""What the parts of a data set are called."""

SIXTEEN_BITS = 65535

DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
"""Pillow's modes of grey pictures with more than 8 bits."""


@dataclass(frozen=True)
class Folder:
    """Pictures and what their subfolders say.

    Attributes:
        root: the folder.
        paths: of the pictures, subfolder by subfolder.
        kinds: the subfolder of each, empty in a flat folder.
        empty: subfolders without pictures.
    """

    root: Path
    paths: tuple[Path, ...]
    kinds: tuple[str, ...]
    empty: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Return the pictures' paths within the folder."""
        return [path.relative_to(self.root).as_posix() for path in self.paths]

    @property
    def labels(self) -> list[str]:
        """Names of the subfolders, sorted."""
        return sorted({*self.kinds, *self.empty} - {""})

    @property
    def splits(self) -> list[Path]:
        """The subfolders, if they look like parts of a data set that hold a folder a class each."""
        folders = [self.root / name for name in self.labels]
        named = all(folder.name.casefold() in SPLITS for folder in folders)
        deeper = all(any(child.is_dir() for child in folder.iterdir()) for folder in folders)
        return folders if folders and named and deeper else []


def find(root: Path) -> Folder:
    """Find the pictures of a folder by their file names; hidden files are ignored.

    Raises:
        UsageError: there is no such folder, or no picture in it.
    """
    if not root.is_dir():
        raise UsageError(f"no folder {root}; expected one with pictures, or with a folder a label")
    suffixes = {
        suffix for suffix, kind in Image.registered_extensions().items() if kind in Image.OPEN
    }
    found = []
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if any(part.startswith(".") for part in inside.parts):
            continue
        if path.suffix.lower() in suffixes and path.is_file():
            found.append((inside.parts[0] if len(inside.parts) > 1 else "", path))
    if not found:
        raise UsageError(
            f"no pictures in {root} or its subfolders; expected files such as .jpg, .png or .webp"
        )
    kinds, paths = zip(*sorted(found), strict=True)
    folders = (path.name for path in root.iterdir() if path.is_dir() and path.name[0] != ".")
    return Folder(root, paths, kinds, tuple(sorted(set(folders) - set(kinds))))


def class_names(given: Sequence[str]) -> list[str]:
    """Names of classes by index, as the command line gives them.

    Args:
        given: the names, or a file: a name a line; or JSON, a list of names or a dict from index
            to name, where a list for a name counts by its last part (`["n02099601", "golden
            retriever"]`).

    Raises:
        UsageError: the file cannot be read as such.
    """
    path = Path(given[0]) if len(given) == 1 else None
    if path is None or not path.is_file():
        return list(given)
    try:
        text = path.read_text("utf-8")
        if path.suffix != ".json":
            return [line.strip() for line in text.splitlines() if line.strip()]
        found = json.loads(text)
        if isinstance(found, dict):
            found = [found[str(index)] for index in range(len(found))]
        return [str(name[-1] if isinstance(name, list) else name) for name in found]
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise UsageError(
            f"{path} holds no class names: {error!r}; expected a name a line, or JSON: "
            '["cat", "dog"] or {"0": "cat", "1": "dog"}'
        ) from error


def labels_of(kinds: Sequence[str], classes: Sequence[str]) -> list[int]:
    """Return the class of each subfolder, -1 where it is not a class.

    Names match without regard to case, spaces, hyphens and underscores; a number is an index.
    """
    by_name: dict[str, int] = {}
    for index, name in enumerate(classes):
        by_name.setdefault(_plain(name), index)
    numbers = {str(index): index for index in range(len(classes))}
    return [by_name.get(_plain(kind), numbers.get(kind, -1)) if kind else -1 for kind in kinds]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


@dataclass(frozen=True)
class Preparation:
    """The conversion of a file to a network's input.

    Attributes:
        size: height and width.
        crop: share of the shorter side that the square in the middle takes.
        mean: of each channel's pixels from 0 to 1.
        std: likewise.
    """

    size: int
    crop: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(
        cls, size: int, crop: float, mean: Sequence[float], std: Sequence[float], channels: int
    ) -> Preparation:
        """Return the preparation that the command line asks for.

        Args:
            size: height and width.
            crop: share of the shorter side.
            mean: one number, or one a channel, of pixels from 0 to 1, or to 255 where one of all
                the numbers is above 1; none for the usual.
            std: likewise.
            channels: that the network takes.

        Raises:
            UsageError: they contradict each other.
        """
        if channels not in (1, 3):
            raise UsageError(f"the network takes {channels} channels; pictures have 1 or 3")
        if not (size > 0 and 0 < crop <= 1):
            raise UsageError(f"--size {size} --crop {crop}: expected pixels, and a share up to 1")
        usual = (MEAN, STD) if channels == 3 else ((0.0,), (1.0,))
        scale = 255.0 if max(*mean, *std, 0.0, 0.0) > 1 else 1.0
        columns = []
        for word, given, default in zip(("mean", "std"), (mean, std), usual, strict=True):
            values = [value / scale for value in given] or list(default)
            if len(values) not in (1, channels) or (word == "std" and min(values) <= 0):
                raise UsageError(
                    f"--{word} {' '.join(map(str, given))}: expected one number or {channels}, "
                    "of pixels from 0 to 1 or from 0 to 255, a deviation above 0"
                )
            columns.append(tuple(values * channels if len(values) == 1 else values))
        return cls(size, crop, *columns)

    def read(self, path: Path) -> Tensor:
        """Read a picture as the network takes it, `[channels, size, size]`, turned upright.

        Grey pictures of 16 bits and of numbers from 0 to 1 keep their depth. What is transparent
        is laid on white.

        Raises:
            OSError, SyntaxError, ValueError, DecompressionBombError: the file is no picture.
        """
        with Image.open(path) as opened:
            picture = _plain_colours(ImageOps.exif_transpose(opened), len(self.mean))
        width, height = picture.size
        side = self.crop * min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        square = picture.resize(
            (self.size, self.size),
            Image.Resampling.BICUBIC,
            box=(left, top, left + side, top + side),
            reducing_gap=3,
        )
        scale = 1 if square.mode == "F" else 255
        pixels = np.asarray(square, np.float32).reshape(self.size, self.size, -1) / scale
        pixels = pixels.clip(0, 1)
        mean, std = (np.array(values, np.float32) for values in (self.mean, self.std))
        return torch.from_numpy(((pixels - mean) / std).transpose(2, 0, 1).copy())


def _plain_colours(picture: Image.Image, channels: int) -> Image.Image:
    """Return a picture in grey or colour without transparency; above 8 bits as numbers to 1."""
    if picture.mode in DEEP:
        return Image.fromarray(_to_one(np.asarray(picture)))
    if picture.has_transparency_data:
        picture = Image.alpha_composite(
            Image.new("RGBA", picture.size, "white"), picture.convert("RGBA")
        )
    return picture.convert("RGB" if channels == 3 else "L")


def _to_one(values: Array) -> Array:
    """Grey values from 0 to 1.

    Raises:
        ValueError: they are of a scale that is not known.
    """
    low, high = float(values.min()), float(values.max())
    whole = values.dtype.kind in "iu"
    most = SIXTEEN_BITS if whole else 1.0
    if not 0 <= low <= high <= most:  # also where one is no number
        kind = "whole numbers" if whole else "numbers"
        raise ValueError(f"{kind} from {low:g} to {high:g}, expected from 0 to {most:g}")
    return values.astype(np.float32) / np.float32(most)
