"""The demo's data: read rightly from every source, and never half or altered."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import os
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tensorboard_neural.demo import data, fetch


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEURAL_CACHE", str(tmp_path / "cache"))


def idx(array: np.ndarray) -> bytes:
    """An array in MNIST's format, by its definition."""
    header = bytes([0, 0, 8, array.ndim])
    return header + b"".join(size.to_bytes(4, "big") for size in array.shape) + array.tobytes()


def small_fashion(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[np.ndarray]:
    """The four files with few images, in `folder`; the expected checksums are theirs."""
    digits = load_digits()
    images = np.round(digits.images * 15).astype(np.uint8)
    parts = [images[:50], digits.target[:50].astype(np.uint8)]
    parts += [images[50:70], digits.target[50:70].astype(np.uint8)]
    folder.mkdir(parents=True)
    sums = {}
    for name, part in zip(data.FASHION_FILES, parts, strict=True):
        (folder / name).write_bytes(gzip.compress(idx(part)))
        sums[name] = hashlib.sha256(idx(part)).hexdigest()
    monkeypatch.setattr(data, "FASHION_FILES", sums)
    return parts


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a web server on this machine, and the folder that it serves."""
    folder = tmp_path / "served"

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_address[1]}", folder
        found.shutdown()
        thread.join()


@pytest.fixture
def no_debian(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without the package and without `apt-get`."""
    monkeypatch.setattr(data, "FASHION_INSTALLED", Path("/nowhere/fashion"))
    monkeypatch.setenv("PATH", str(tmp_path))


def same(found: data.Photographs, parts: list[np.ndarray]) -> bool:
    given = found.train_images, found.train_labels, found.test_images, found.test_labels
    return all(
        np.array_equal(np.squeeze(mine), part) for mine, part in zip(given, parts, strict=True)
    )


@pytest.mark.usefixtures("no_debian")
def test_fashion_is_read_from_the_cache(monkeypatch, tmp_path):
    parts = small_fashion(monkeypatch, tmp_path / "cache" / "fashion-mnist")
    found = data.load("fashion-mnist")
    assert same(found, parts)
    assert found.train_images.shape == (50, 8, 8, 1)
    assert found.train_labels.dtype == np.int64
    assert len(found.classes) == 10


def test_fashion_is_read_where_debian_installs_it(monkeypatch, tmp_path):
    parts = small_fashion(monkeypatch, tmp_path / "installed")
    monkeypatch.setattr(data, "FASHION_INSTALLED", tmp_path / "installed")
    assert same(data.fashion_mnist(tmp_path / "elsewhere"), parts)


def test_fashion_is_unpacked_from_debians_package(monkeypatch, tmp_path):
    """`apt-get` and `dpkg-deb` are stood in for by programs that copy what the real ones give."""
    parts = small_fashion(monkeypatch, tmp_path / "original")
    programs = tmp_path / "programs"
    programs.mkdir()
    inside = data.FASHION_INSTALLED.relative_to("/")
    for name, script in {
        "apt-get": f'[ "$1" = download ] && touch "$2_1_all.deb"; echo "$PWD" > {tmp_path}/where',
        "dpkg-deb": f'mkdir -p "$3/{inside}" && cp {tmp_path}/original/* "$3/{inside}"',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert same(data.fashion_mnist(), parts)
    assert not Path((tmp_path / "where").read_text().strip()).exists()
    (programs / "apt-get").write_text("#!/bin/sh\nexit 1\n")
    assert same(data.fashion_mnist(), parts)  # now from the cache


@pytest.mark.usefixtures("no_debian")
def test_fashion_is_downloaded_once_and_then_cached(monkeypatch, server):
    address, folder = server
    parts = small_fashion(monkeypatch, folder)
    monkeypatch.setattr(data, "FASHION_ADDRESS", address)
    assert same(data.fashion_mnist(), parts)
    for file in folder.iterdir():
        file.unlink()
    assert same(data.fashion_mnist(), parts)


@pytest.mark.usefixtures("no_debian")
def test_without_fashion_there_are_digits_and_it_is_said(monkeypatch, server, capsys):
    monkeypatch.setattr(data, "FASHION_ADDRESS", server[0])
    found = data.load()
    assert found.name == "scikit-learn's digits"
    said = capsys.readouterr().err
    assert "Fashion-MNIST cannot be had, so these are scikit-learn's digits" in said
    assert "no apt-get" in said
    assert f"{server[0]}/train-images-idx3-ubyte.gz: HTTP Error 404" in said


@pytest.mark.usefixtures("no_debian")
def test_an_altered_file_is_refused_and_leaves_nothing(monkeypatch, server, tmp_path):
    address, folder = server
    small_fashion(monkeypatch, folder)
    monkeypatch.setattr(data, "FASHION_ADDRESS", address)
    name = next(iter(data.FASHION_FILES))
    (folder / name).write_bytes(gzip.compress(b"something else"))
    with pytest.raises(fetch.Unavailable, match="its content has the SHA-256"):
        data.fashion_mnist()
    assert list((tmp_path / "cache" / "fashion-mnist").iterdir()) == []


@pytest.mark.usefixtures("no_debian")
def test_a_damaged_cached_file_is_fetched_again(monkeypatch, server, tmp_path):
    address, folder = server
    parts = small_fashion(monkeypatch, folder)
    monkeypatch.setattr(data, "FASHION_ADDRESS", address)
    data.fashion_mnist()
    cached = tmp_path / "cache" / "fashion-mnist" / next(iter(data.FASHION_FILES))
    cached.write_bytes(cached.read_bytes()[:100])
    assert same(data.fashion_mnist(), parts)


def test_an_interrupted_download_leaves_nothing(tmp_path, server):
    address, folder = server
    folder.mkdir()
    (folder / "file").write_bytes(b"half")
    with pytest.raises(fetch.Unavailable, match="SHA-256"):
        fetch.download(f"{address}/file", tmp_path / "to" / "file", "0" * 64)
    with pytest.raises(fetch.Unavailable, match="refused"):
        fetch.download("http://127.0.0.1:1/file", tmp_path / "to" / "file", "0" * 64)
    assert list((tmp_path / "to").iterdir()) == []


def test_apt_gets_complaint_is_passed_on(monkeypatch, tmp_path):
    for name in ("apt-get", "dpkg-deb"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'E: no such package' >&2\nexit 100\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(fetch.Unavailable, match=r"apt-get .*update: E: no such package"):
        fetch.debian_package("dataset", tmp_path / "to")


def test_a_foreign_file_is_no_idx_file():
    with pytest.raises(ValueError, match="begins with 00 00 08, not 474946"):
        data.read_idx(b"GIF89a")


def cifar_rows(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (size, 32, 32, 3), dtype=np.uint8)
    return images, generator.integers(0, 10, size).astype(np.uint8)


def cifar_archive(path: Path, batches: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """The binary version, by its description: a label, then the red, green and blue planes."""
    with tarfile.open(path, "w:gz") as archive:
        for name, (images, labels) in batches.items():
            rows = b"".join(
                bytes([label]) + image.transpose(2, 0, 1).tobytes()
                for image, label in zip(images, labels, strict=True)
            )
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = len(rows)
            archive.addfile(entry, io.BytesIO(rows))


def cifar_batches() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    return {name: cifar_rows(3, seed) for seed, name in enumerate(names)}


def test_cifar_is_read_from_the_binary_archive(tmp_path):
    batches = cifar_batches()
    cifar_archive(tmp_path / "c.tar.gz", batches)
    found = data.load("cifar10", cifar10=tmp_path / "c.tar.gz")
    parts = list(batches.values())
    assert np.array_equal(found.train_images, np.concatenate([images for images, _ in parts[:5]]))
    assert np.array_equal(found.train_labels, np.concatenate([labels for _, labels in parts[:5]]))
    assert np.array_equal(found.test_images, parts[5][0])
    assert found.classes[3] == "cat"


def test_cifar_is_downloaded_once_and_then_cached(monkeypatch, server):
    address, folder = server
    folder.mkdir()
    archive = folder / data.CIFAR_ARCHIVE
    cifar_archive(archive, cifar_batches())
    monkeypatch.setattr(data, "CIFAR_ADDRESS", f"{address}/{data.CIFAR_ARCHIVE}")
    monkeypatch.setattr(data, "CIFAR_SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    first = data.load("cifar10")
    archive.unlink()
    assert np.array_equal(data.load("cifar10").test_images, first.test_images)


@pytest.mark.parametrize("named", [True, False])
def test_cifar_is_read_from_an_npz(tmp_path, named):
    images, labels = cifar_rows(6, 0)
    classes = {"classes": np.array([f"class {n}" for n in range(10)])} if named else {}
    np.savez(
        tmp_path / "part.npz",
        train_images=images, train_labels=labels, test_images=images[:2], test_labels=labels[:2],
        **classes,
    )  # fmt: skip
    found = data.load("cifar10", cifar10=tmp_path / "part.npz")
    assert np.array_equal(found.train_images, images)
    assert found.test_labels.tolist() == labels[:2].tolist()
    assert found.classes[3] == ("class 3" if named else "cat")


def test_no_pickle_is_loaded(tmp_path):
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "sprung",)

    np.savez(tmp_path / "trap.npz", train_images=np.array([Trap()], dtype=object))
    with pytest.raises(fetch.Unavailable, match="allow_pickle=False"):
        data.load("cifar10", cifar10=tmp_path / "trap.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_a_file_that_is_not_cifar_is_named(tmp_path, content):
    path = tmp_path / "cifar.tar.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(fetch.Unavailable, match=r"cifar\.tar\.gz: .*expected cifar-10-binary"):
        data.load("cifar10", cifar10=path)


def test_digits_are_scikit_learns():
    found = data.load("digits")
    images = np.concatenate((found.train_images, found.test_images))[..., 0]
    np.testing.assert_allclose(images / 255 * 16, load_digits().images, atol=0.04)
    assert np.concatenate((found.train_labels, found.test_labels)).tolist() == (
        load_digits().target.tolist()
    )


def test_unknown_data_are_named():
    with pytest.raises(ValueError, match="no data named 'imagenet', expected fashion-mnist"):
        data.load("imagenet")
