"""Record one setup, and compare what was recorded with plain PyTorch."""

from __future__ import annotations

import random
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder
from summary_ops.data import trees
from summary_ops.network import calling
from tb_plugin_neural.contract.metadata import PLUGIN_NAME, Series
from tb_plugin_neural.contract.records import KINDS, Record

CPU = torch.device("cpu")
PARTS = {
    "distributions": ("histograms", "moments"),
    "class metrics": ("class_metrics",),
    "probe set": ("probe_activations", "probe_predictions"),
    "influence": ("contributions",),
    "importance": ("importance",),
    "projections": ("pivot_distances",),
}
"""What a whole record has, and the kinds of records that are it."""

Found = dict[tuple[str, str], Record]


@dataclass(frozen=True)
class Case:
    """A model and what is recorded of it.

    Attributes:
        model: as the user holds it.
        batches: of inputs and labels.
        probe: inputs of the probe set; None for none.
        options: of the `Recorder`.
        observe: calls the model in the user's own way, inside `observing`; None for `run`.
        before: what the user does between making the `Recorder` and recording.
    """

    model: nn.Module
    batches: list[tuple[Any, Any]]
    probe: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)
    observe: Callable[[nn.Module, Any], object] | None = None
    before: Callable[[nn.Module], object] | None = None


@dataclass(frozen=True)
class Result:
    """The result of a case.

    Attributes:
        parts: by part: whether it is recorded.
        layers: number of layers with distributions.
        right: whether means and accuracy are those of plain PyTorch; None where nothing was
            compared.
        unchanged: whether weights, buffers, modes and random states are what they were.
        told: problems that were reported, or the error that refused the case.
    """

    parts: Mapping[str, bool]
    layers: int = 0
    right: bool | None = None
    unchanged: bool = True
    told: tuple[str, ...] = ()


def attempt(make: Callable[[], Case]) -> Result:
    """Make and record a case, whatever comes of it."""
    torch.manual_seed(0)
    case = make()
    before = [_state(case.model)]
    try:
        found, told, layers = _recorded(case, before)
    except Exception as error:  # noqa: BLE001 - refusals are what is written down
        return Result({}, unchanged=before[-1] == _state(case.model), told=(str(error),))
    unchanged = case.observe is not None or before[-1] == _state(case.model)
    kinds = {kind for kind, _ in found}
    parts = {part: set(needed) <= kinds for part, needed in PARTS.items()}
    return Result(parts, len(layers), _is_right(case, found), unchanged, told)


def _recorded(case: Case, states: list[Any]) -> tuple[Found, tuple[str, ...], set[str]]:
    probe = {} if case.probe is None else {"probe": ProbeSet(case.probe)}
    recorder = Recorder(case.model, verbose=False, **{**probe, **case.options})
    with tempfile.TemporaryDirectory() as folder, recorder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if case.before is not None:
            case.before(case.model)
            states.append(_state(case.model))
        if case.observe is None:
            recorder.run(case.batches, progress=False)
        for inputs, labels in case.batches if case.observe is not None else ():
            with recorder.observing(labels):
                case.observe(case.model, inputs)
        with SummaryWriter(folder) as writer:
            recorder.write(writer, 0)
        found = dict(_records(Path(folder)))
    told = tuple(f"{one.what}: {one.message}" for one in recorder.problems.found)
    return found, told, {layer for kind, layer in found if kind == "histograms"}


def _records(folder: Path) -> Iterable[tuple[tuple[str, str], Record]]:
    for path in folder.glob("*tfevents*"):
        for event in LegacyEventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == PLUGIN_NAME:
                    series = Series.parse(value.metadata.plugin_data.content)
                    record = KINDS[series.kind].unpack(value.tensor.string_val[0])
                    yield (series.kind, series.layer), record


def _state(model: nn.Module) -> list[Any]:
    """Return everything that recording must not change."""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    values = [(name, _bytes(tensor), tensor.requires_grad) for name, tensor in tensors]
    modes = [module.training for module in model.modules()]
    drawn = torch.get_rng_state().numpy().tobytes(), random.getstate()
    return [values, modes, drawn, np.random.get_state()[1].tobytes()]  # noqa: NPY002


def _bytes(tensor: Tensor) -> bytes:
    if isinstance(tensor, nn.parameter.UninitializedParameter) or tensor.is_meta:
        return b""
    full = tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor
    plain = torch.ops.aten.alias(full.detach())
    if type(plain) is not Tensor:
        plain = plain.dequantize() if hasattr(plain, "dequantize") else plain.as_subclass(Tensor)
    dense = plain.to_dense() if plain.layout is not torch.strided else plain
    return bytes(dense.contiguous().reshape(-1).view(torch.uint8).numpy().data)


def _is_right(case: Case, found: Found) -> bool | None:
    """Return whether means agree with a plain forward pass, for layers of one number per unit."""
    recorded = {layer for kind, layer in found if kind == "moments"}
    plain = _plain_means(case, recorded)
    wrong = [layer for layer, mean in plain.items() if not _agrees(found, layer, mean)]
    return not wrong if plain else None


def _agrees(found: Found, layer: str, mean: Tensor) -> bool:
    moments: Any = found["moments", layer]
    histograms: Any = found["histograms", layer]
    rows = [moments.subsets.index(histograms.subsets[row]) for row in histograms.total]
    rows = rows or [moments.subsets.index("all")]
    weights = np.asarray(moments.inputs, np.float64)[rows]
    own = (weights[:, None] * np.asarray(moments.mean, np.float64)[rows]).sum(0) / weights.sum()
    return bool(np.allclose(own, mean.numpy(), rtol=1e-3, atol=1e-3))


def _plain_means(case: Case, recorded: set[str]) -> dict[str, Tensor]:
    """Means over inputs, by layer, seen by hooks of PyTorch alone."""
    inner = Recorder(case.model, verbose=False, graph=None, **_own(case.options)).pipeline.network
    seen: dict[str, list[Tensor]] = {}

    def keep(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _args: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.ndim == 2 and not output.is_nested:
                seen.setdefault(name, []).append(output.detach().double())

        return hook

    handles = [
        module.register_forward_hook(keep(name))
        for name, module in inner.layers.items()
        if name in recorded
    ]
    flags = [(module, module.training) for module in inner.model.modules()]
    try:
        for module, _ in flags if case.observe is None else ():
            module.training = False
        with torch.set_grad_enabled(case.observe is not None), torch.random.fork_rng():
            for inputs, _ in case.batches:
                if case.observe is not None:
                    case.observe(case.model, inputs)
                else:
                    calling.call_afresh(inner.model, inputs, CPU)
    finally:
        for module, flag in flags:
            module.training = flag
        for handle in handles:
            handle.remove()
    sizes = sum(_count(labels, inputs) for inputs, labels in case.batches)
    joined = {name: torch.cat(parts) for name, parts in seen.items()}
    return {name: part.mean(0) for name, part in joined.items() if len(part) == sizes}


def _own(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in ("layers", "task", "output")}


def _count(labels: Any, inputs: Any) -> int:
    if labels is not None:
        return len(labels)
    return len(next(iter(trees.tensors(inputs))))
