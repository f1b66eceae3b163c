"""Load weights into a network: state dicts, checkpoints and folders of `save_pretrained`."""

from __future__ import annotations

import collections
import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from tensorboard_neural.usage_error import UsageError

SHOWN = 3
DEEPEST = 3  # levels of a checkpoint that are searched
FILES = ("model.safetensors", "pytorch_model.bin", "diffusion_pytorch_model.safetensors")
"""What `save_pretrained` calls its file; one in parts has an index beside it."""

USUAL = ("", "state_dict", "model_state_dict", "model")
"""Where weights are, by habit, if several entries fit."""

Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class Entry:
    """A state dict inside a checkpoint.

    Attributes:
        key: its place in the checkpoint, `state_dict` or `ema.model`; empty at the top.
        prefix: what stands before the names of the network's own weights.
        weights: those with that prefix, without it.
        beside: names of those without it: of a loss, of an optimizer.
    """

    key: str
    prefix: str
    weights: Weights
    beside: tuple[str, ...]

    @property
    def title(self) -> str:
        """Describe where the weights were found."""
        where = f"under {self.key!r}" if self.key else "at the top"
        return f"{where}, without the prefix {self.prefix!r}" if self.prefix else where


def load(model: nn.Module, path: Path, key: str | None = None) -> str:
    """Put the weights of a file or folder into a network.

    Args:
        model: is changed.
        path: a file of `torch.save` or `.safetensors`, or a folder of `save_pretrained`. Nothing in
            it is executed.
        key: the entry of a checkpoint to take, `state_dict_ema`; by default the first that fits.

    Returns:
        Where in the file the weights were, and what else was there.

    Raises:
        UsageError: the file cannot be read, or its weights do not fit.
    """
    own, found = model.state_dict(), read(path)
    entries = [entry for entry in _entries(found, own) if key in (None, entry.key)]
    if not entries:
        raise UsageError(_without_weights(path, found, key))
    fitting = [entry for entry in entries if not compare(own, entry.weights)]
    if not fitting:
        closest = max(entries, key=lambda entry: _alike(own, entry.weights))
        raise UsageError(
            f"the weights of {path} ({closest.title}) do not fit {type(model).__name__}: "
            f"{'; '.join(compare(own, closest.weights))}"
        )
    fitting.sort(key=lambda entry: USUAL.index(entry.key) if entry.key in USUAL else len(USUAL))
    chosen = fitting[0]
    model.load_state_dict(chosen.weights)
    others = list(dict.fromkeys(e.key for e in fitting[1:] if e.key != chosen.key))
    notes = [f"{path}, {chosen.title}"]
    if others:
        notes.append(f"others that fit, chosen with --key: {_few(others)}")
    if chosen.beside:
        notes.append(f"left aside: {_few(chosen.beside)}")
    return "; ".join(notes)


def read(path: Path) -> Any:
    """Read a file or folder of weights, on the CPU.

    Objects other than tensors, numbers, texts and containers are replaced by empty ones.

    Raises:
        UsageError: there is no such file, or it is damaged.
    """
    if path.is_dir():
        return _read_folder(path)
    if not path.is_file():
        raise UsageError(
            f"no file {path}; expected weights by torch.save, .safetensors, or a folder of "
            "save_pretrained"
        )
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return _unpickle(path)
    except (
        *(OSError, RuntimeError, EOFError, ValueError, TypeError, AttributeError, KeyError),
        SafetensorError,
    ) as error:
        reason = (str(error).strip() or "it ends too early").splitlines()[0]
        raise UsageError(
            f"{path} cannot be read as weights: {reason}\nWhere they were made, type: "
            "torch.save(model.state_dict(), path)"
        ) from error


class Ignored:
    """Stands for an object of a class that is not loaded: it takes everything and does nothing."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __setstate__(self, _: Any) -> None:
        pass


class IgnoredMapping:
    """Stands for a mapping of a class that is not loaded."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Give an empty mapping of a class that torch fills."""
        return collections.OrderedDict()


def _unpickle(path: Path) -> Any:
    """Load a file of `torch.save`, whatever classes it names, without importing any of them."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        names = _foreign(path)
        for is_mapping in (lambda name: name == "collections.defaultdict", _is_no_array):
            stands: list[Any] = [
                (type("Stand", (IgnoredMapping if is_mapping(name) else Ignored,), {}), name)
                for name in names
            ]
            with suppress(pickle.UnpicklingError), torch.serialization.safe_globals(stands):
                return torch.load(path, map_location="cpu", weights_only=True)
        reason = f"it holds {_few(names)}" if names else "it is no file of torch.save"
        raise ValueError(f"{reason}; expected tensors in dicts and lists") from error


def _foreign(path: Path) -> list[str]:
    """Return the classes and functions in a file of `torch.save` that torch does not know."""
    try:
        return torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except (ValueError, RuntimeError):
        return []


def _is_no_array(name: str) -> bool:
    return not name.startswith("numpy.")


def _read_folder(path: Path) -> dict[str, Tensor]:
    for name in FILES:
        index = path / f"{name}.index.json"
        if index.is_file():
            parts = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
            found: dict[str, Tensor] = {}
            for part in parts:
                found |= read(path / Path(part).name)
            return found
        if (path / name).is_file():
            return dict(read(path / name))
    raise UsageError(f"no weights in the folder {path}; expected one of {', '.join(FILES)}")


def _entries(found: Any, own: Weights) -> Iterator[Entry]:
    """Yield the state dicts in a file, each with the prefixes that lead to own names."""
    for key, weights in _state_dicts(found, "", DEEPEST):
        for prefix in _prefixes(weights, own):
            stripped = {
                name.removeprefix(prefix): tensor
                for name, tensor in weights.items()
                if name.startswith(prefix)
            }
            beside = tuple(name for name in weights if not name.startswith(prefix))
            yield Entry(key, prefix, stripped, beside)


def _state_dicts(found: Any, key: str, depth: int) -> Iterator[tuple[str, Weights]]:
    if not isinstance(found, Mapping):
        return
    tensors = {
        name: value
        for name, value in found.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    if tensors:
        yield key, tensors
    for name, value in found.items() if depth else ():
        if isinstance(name, str):
            yield from _state_dicts(value, f"{key}.{name}" if key else name, depth - 1)


def _prefixes(weights: Weights, own: Weights) -> list[str]:
    """Return the prefixes before the network's own names; the empty one first."""
    first = next(iter(own), "")
    ends = [name for name in weights if name == first or name.endswith(f".{first}")]
    return list(dict.fromkeys(["", *(name.removesuffix(first) for name in ends)]))


def compare(own: Weights, given: Weights) -> list[str]:
    """Explain what keeps weights from fitting a network; empty when they fit."""
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


def _alike(own: Weights, given: Weights) -> float:
    """Return the share of names that two state dicts have in common."""
    return len(own.keys() & given.keys()) / max(len(own.keys() | given.keys()), 1)


def _without_weights(path: Path, found: Any, key: str | None) -> str:
    if key is not None:
        keys = list(dict.fromkeys(entry for entry, _ in _state_dicts(found, "", DEEPEST) if entry))
        return f"{path} has no weights under {key!r}; it has some under: {_few(keys) or 'no key'}"
    held = f"keys {_few(list(found))}" if isinstance(found, Mapping) else type(found).__name__
    return f"{path} holds no state dict ({held}); expected names and tensors, at the top or inside"


def _few(keys: Sequence[Any]) -> str:
    return ", ".join(map(str, keys[:SHOWN])) + (", …" if len(keys) > SHOWN else "")
