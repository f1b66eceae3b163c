"""Load weights into a network: state dicts and checkpoints, by torch or as safetensors."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from tensorboard_neural.mistake import Mistake

INSIDE = ("state_dict", "model_state_dict", "model")
"""Where checkpoints keep the state dict, by habit."""

PREFIXES = ("module.", "_orig_mod.", "model.")
"""What `DistributedDataParallel`, `torch.compile` and Lightning put before every name."""

SHOWN = 3

Weights = Mapping[str, Tensor]


def load(model: nn.Module, path: Path) -> None:
    """Put the weights of a file into a network.

    Args:
        model: is changed.
        path: of `torch.save`, or `.safetensors`. Nothing in it is executed.

    Raises:
        Mistake: the file cannot be read, or its weights do not fit.
    """
    weights = stripped(state_dict(read(path), path), model.state_dict())
    if differences := compare(model.state_dict(), weights):
        raise Mistake(
            f"the weights of {path} do not fit {type(model).__name__}: {'; '.join(differences)}"
        )
    model.load_state_dict(weights)


def read(path: Path) -> Any:
    """What a file of weights holds, on the CPU.

    Raises:
        Mistake: there is no such file, or it holds more than tensors.
    """
    if not path.is_file():
        raise Mistake(f"no file {path}; expected weights by torch.save, or .safetensors")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, SafetensorError, pickle.UnpicklingError) as error:
        reason = (str(error).strip() or "it ends too early").splitlines()[0]
        raise Mistake(
            f"{path} cannot be read as weights: {reason}\nExpected tensors alone; where they were "
            "made, type: torch.save(model.state_dict(), path)"
        ) from error


def state_dict(found: Any, path: Path) -> Weights:
    """The state dict in what a file holds.

    Raises:
        Mistake: there is none.
    """
    for key in INSIDE:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if isinstance(found, Mapping) and found and all(map(torch.is_tensor, found.values())):
        return found
    held = f"keys {_few(list(found))}" if isinstance(found, Mapping) else type(found).__name__
    raise Mistake(
        f"{path} holds no state dict ({held}); expected names and tensors, at the top or as "
        f"{', '.join(map(repr, INSIDE))}"
    )


def stripped(weights: Weights, own: Weights) -> Weights:
    """The weights without the prefixes that wrappers put before all names."""
    while not weights.keys() & own.keys():
        shared = [one for one in PREFIXES if all(key.startswith(one) for key in weights)]
        if not shared:
            break
        (prefix,) = shared
        weights = {key.removeprefix(prefix): value for key, value in weights.items()}
    return weights


def compare(own: Weights, given: Weights) -> list[str]:
    """What keeps weights from fitting a network, in words; nothing when they do."""
    shared = own.keys() & given.keys()
    other = [
        f"{key} {list(given[key].shape)}, expected {list(own[key].shape)}"
        for key in own
        if key in shared and own[key].shape != given[key].shape
    ]
    kinds = {
        "missing": [key for key in own if key not in shared],
        "unexpected": [key for key in given if key not in shared],
        "of another shape": other,
    }
    return [f"{len(keys)} {kind}: {_few(keys)}" for kind, keys in kinds.items() if keys]


def _few(keys: Sequence[Any]) -> str:
    return ", ".join(map(str, keys[:SHOWN])) + (", …" if len(keys) > SHOWN else "")
