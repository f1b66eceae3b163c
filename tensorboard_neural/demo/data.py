"""The demo's labelled photographs: Fashion-MNIST, CIFAR-10, or scikit-learn's digits.

Nothing is unpickled.
"""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tensorboard_neural.demo.fetch import (
    Unavailable,
    cache_folder,
    debian_package,
    download,
    read,
)

Array = np.ndarray[Any, Any]

FASHION_CLASSES = (
    *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
FASHION_FILES = {  # SHA-256 of what the .gz files hold
    "train-images-idx3-ubyte.gz": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
    ),
    "train-labels-idx1-ubyte.gz": (
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
    ),
}
FASHION_ADDRESS = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"
FASHION_PACKAGE = "dataset-fashion-mnist"
FASHION_INSTALLED = Path("/usr/share/datasets/fashion-mnist")

CIFAR_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
CIFAR_ARCHIVE = "cifar-10-binary.tar.gz"
CIFAR_ADDRESS = f"https://www.cs.toronto.edu/~kriz/{CIFAR_ARCHIVE}"
CIFAR_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
CIFAR_ROW = 1 + 3 * 32 * 32


@dataclass(frozen=True, eq=False)
class Photographs:
    """Labelled images.

    Attributes:
        name: what they are.
        train_images: uint8 `[N, height, width, channels]`.
        train_labels: class indices `[N]`, int64.
        test_images: like the training images.
        test_labels: likewise.
        classes: class names by index.
    """

    name: str
    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array
    classes: tuple[str, ...]


def load(name: str = "fashion-mnist", *, cifar10: Path | None = None) -> Photographs:
    """Labelled photographs by name: `fashion-mnist`, `cifar10` or `digits`.

    Args:
        name: which ones. Fashion-MNIST gives way to the digits where it cannot be had.
        cifar10: a file to read CIFAR-10 from, see `cifar10_file`; by default it is downloaded.

    Raises:
        Unavailable: CIFAR-10 cannot be had.
        ValueError: no data set has that name.
    """
    loaders = {"fashion-mnist": _fashion_or_digits, "cifar10": _cifar10, "digits": digits}
    if name not in loaders:
        raise ValueError(f"no data named {name!r}, expected {', '.join(loaders)}")
    return cifar10_file(cifar10) if name == "cifar10" and cifar10 else loaders[name]()


def fashion_mnist(cache: Path | None = None) -> Photographs:
    """Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017), 28 × 28 grey.

    From the cache, Debian's package (installed, else fetched), or its own address.

    Raises:
        Unavailable: from none of these; the text says why, a line each.
    """
    cache = cache or cache_folder()
    unpacked = cache / FASHION_PACKAGE
    inside = unpacked / FASHION_INSTALLED.relative_to("/")
    downloaded = cache / "fashion-mnist"
    sources: tuple[tuple[Path, Callable[[], None] | None], ...] = (
        (inside, None),
        (downloaded, None),
        (FASHION_INSTALLED, None),
        (inside, lambda: debian_package(FASHION_PACKAGE, unpacked)),
        (downloaded, lambda: _download_fashion(downloaded)),
    )
    reasons = []
    for folder, fetch in sources:
        try:
            if fetch is not None:
                fetch()
            return _read_fashion(folder)
        except Unavailable as error:
            reasons.append(str(error))
    raise Unavailable("\n".join(dict.fromkeys(reasons)))


def _fashion_or_digits() -> Photographs:
    try:
        return fashion_mnist()
    except Unavailable as error:
        print(
            f"Fashion-MNIST cannot be had, so these are scikit-learn's digits:\n{error}",
            file=sys.stderr,
        )
        return digits()


def _download_fashion(folder: Path) -> None:
    for name, sha256 in FASHION_FILES.items():
        download(f"{FASHION_ADDRESS}/{name}", folder / name, sha256, unzip=True)


def _read_fashion(folder: Path) -> Photographs:
    parts = [
        read_idx(read(folder / name, sha256, unzip=True)) for name, sha256 in FASHION_FILES.items()
    ]
    return Photographs(
        "Fashion-MNIST",
        parts[0][..., None],
        parts[1].astype(np.int64),
        parts[2][..., None],
        parts[3].astype(np.int64),
        FASHION_CLASSES,
    )


def read_idx(data: bytes) -> Array:
    """Return the uint8 array of an IDX file, MNIST's format.

    Raises:
        ValueError: the bytes are no such file, or too few.
    """
    if data[:3] != b"\0\0\x08":
        raise ValueError(
            f"an IDX file of unsigned bytes begins with 00 00 08, not {data[:3].hex()}"
        )
    shape = np.frombuffer(data, ">u4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape.astype(int))


def _cifar10() -> Photographs:
    path = cache_folder() / CIFAR_ARCHIVE
    try:
        read(path, CIFAR_SHA256)
    except Unavailable:
        download(CIFAR_ADDRESS, path, CIFAR_SHA256)
    return cifar10_file(path)


def cifar10_file(path: Path) -> Photographs:
    """CIFAR-10 (Krizhevsky, 2009), 32 × 32 RGB, or a part of it, from a file.

    Args:
        path: the archive of the binary version, `cifar-10-binary.tar.gz`, or an `.npz` with
            `train_images` `[N, 32, 32, 3]`, `train_labels`, `test_images`, `test_labels` and,
            if one likes, `classes`.

    Raises:
        Unavailable: the file is neither, or is damaged.
    """
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                parts = [
                    file[f"{part}_{kind}"]
                    for part in ("train", "test")
                    for kind in ("images", "labels")
                ]
                classes = tuple(map(str, file["classes"])) if "classes" in file else CIFAR_CLASSES
        else:
            parts, classes = _read_cifar_archive(path), CIFAR_CLASSES
    except (OSError, EOFError, ValueError, KeyError, tarfile.TarError) as error:
        raise Unavailable(
            f"{path}: {error}; expected {CIFAR_ARCHIVE} or an .npz with train_images, "
            "train_labels, test_images and test_labels"
        ) from error
    train_images, train_labels, test_images, test_labels = parts
    return Photographs(
        "CIFAR-10",
        train_images,
        train_labels.astype(np.int64),
        test_images,
        test_labels.astype(np.int64),
        classes,
    )


def _read_cifar_archive(path: Path) -> list[Array]:
    names = {
        "train": [f"data_batch_{number}.bin" for number in range(1, 6)],
        "test": ["test_batch.bin"],
    }
    parts = []
    with tarfile.open(path, "r:gz") as archive:
        for files in names.values():
            data = b"".join(_member(archive, f"cifar-10-batches-bin/{name}") for name in files)
            rows = np.frombuffer(data, np.uint8).reshape(-1, CIFAR_ROW)
            images = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
            parts += [np.ascontiguousarray(images), rows[:, 0]]
    return parts


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    return file.read()


def digits() -> Photographs:
    """Scikit-learn's handwritten digits, 8 × 8 grey, the last fifth for testing."""
    from sklearn.datasets import load_digits  # noqa: PLC0415

    found = load_digits()
    images = np.round(found.images * (255 / 16)).astype(np.uint8)[..., None]
    labels = found.target.astype(np.int64)
    first = len(images) * 4 // 5
    return Photographs(
        "scikit-learn's digits",
        images[:first],
        labels[:first],
        images[first:],
        labels[first:],
        tuple(map(str, range(10))),
    )
