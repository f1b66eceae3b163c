"""Measure the cost of influence, and how well composed edges predict ablations."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from benchmarks import images, models, report, small_networks
from benchmarks.report import Figure, Section
from summary_ops.influence.options import TRACED
from summary_ops.network.layouts.known import KnownLayouts
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules import layers
from summary_ops.tracing import Tracer

COMMAND = "python -m benchmarks.influence"
BATCH, REPEATS, CONSUMERS = 32, 7, 8
SAMPLES = 3
"""Samples of each class that edges are measured on, of as many inputs as by default."""


def recorded(model: nn.Module, chosen: layers.Layers = "auto") -> RecordedNetwork:
    """Return a network with some layers; inputs lie along the first axis of all."""
    found = layers.choose(model, chosen)
    return RecordedNetwork(model, found, layouts=KnownLayouts(dict.fromkeys(found, 0), 0))


def cost() -> list[Figure]:
    """Processor seconds that measuring adds to the forward pass of one batch of one class."""
    torch.manual_seed(0)
    batch = images.crops(BATCH, 32, 10).tensors[0]
    model = models.calibrated(models.vgg16(), batch)
    tracer = Tracer(recorded(model))
    tracer.trace(lambda: model(batch[:2]))
    top = {name: range(min(CONSUMERS, units)) for name, units in tracer.layers.items()}

    def measuring(measures: Sequence[str]) -> Callable[[], object]:
        return lambda: tracer.measure(lambda: model(batch), measures, inputs=BATCH, top=top)

    figures = []
    with torch.no_grad():
        plain = report.seconds(lambda: model(batch), clock=time.process_time, repeats=REPEATS)
    cases = (
        ("contributions, one measure", ["contribution"], 1.5),
        ("contributions, both measures", ["contribution", "maximum"], 2.5),
        (f"Summit's measure for {CONSUMERS} consumers a layer", ["summit"], 0.6),
    )
    for name, measures, most in cases:
        taken = report.seconds(measuring(measures), clock=time.process_time, repeats=REPEATS)
        added = (taken - plain) / plain
        figures.append(
            Figure(
                f"VGG16, 32 px: {name}: time added over the forward pass",
                added,
                most=most,
                note=f"{1e3 * (taken - plain):.0f} ms on {1e3 * plain:.0f} for {BATCH} inputs",
            )
        )
    return figures


Outputs = dict[str, Tensor]


def outputs(model: nn.Module, inputs: Tensor, names: Sequence[str]) -> Outputs:
    """Return the outputs of recorded layers."""
    found: Outputs = {}
    with ExitStack() as stack, torch.no_grad():
        for name in names:

            def see(_module: nn.Module, _args: object, out: Tensor, at: str = name) -> None:
                found[at] = out.clone()

            stack.callback(model.get_submodule(name).register_forward_hook(see).remove)
        model(inputs)
    return found


def pre_activation(model: nn.Module, inputs: Tensor, consumer: str, held: Outputs) -> Tensor:
    """Return what a layer rectifies, or its output, while others are held."""
    module = model.get_submodule(consumer)
    rectifier = module if isinstance(module, nn.ReLU) else getattr(module, "act", None)
    found: list[Tensor] = []
    with ExitStack() as stack, torch.no_grad():
        for name, value in held.items():
            held_at = model.get_submodule(name)
            stack.callback(held_at.register_forward_hook(lambda *_, v=value: v).remove)
        if rectifier is None:
            handle = module.register_forward_hook(lambda _m, _a, out: found.append(out))
        else:
            handle = rectifier.register_forward_pre_hook(lambda _m, args: found.append(args[0]))
        stack.callback(handle.remove)
        model(inputs)
    return found[0]


def by_unit(values: Tensor) -> Tensor:
    """Means over inputs and positions; units are last of tokens, else second."""
    ordered = values.transpose(1, 2) if values.ndim == 3 else values
    return ordered.double().transpose(0, 1).flatten(1).mean(1)


def ablated(model: nn.Module, inputs: Tensor, seen: Outputs, pair: tuple[str, str]) -> Tensor:
    """Return the fall of each consumer's mean without each producer, `[consumers, producers]`.

    The mean is that of the pre-activation where it is positive, of layers that rectify it.
    """
    producer, consumer = pair
    held = {name: seen[name] for name in list(seen)[: list(seen).index(consumer)]}
    whole = pre_activation(model, inputs, consumer, held)
    rectified = not torch.equal(whole, seen[consumer])
    on = (whole > 0).to(whole) if rectified else torch.ones_like(whole)
    axis = 2 if seen[producer].ndim == 3 else 1
    columns = []
    for unit in range(seen[producer].shape[axis]):
        less = seen[producer].clone()
        less.select(axis, unit).zero_()
        without = pre_activation(model, inputs, consumer, held | {producer: less})
        columns.append(by_unit((whole - without) * on))
    return torch.stack(columns, 1)


Scores = dict[str, list[float]]
"""Rank correlations over producers, by pair of layers."""


def agreement(name: str, works: Sequence[float]) -> dict[tuple[float, int], Scores]:
    """Spearman of edges with ablating the producer, by pair of layers, over classes and units.

    Args:
        name: of the network.
        works: up to how much work influence is measured by ablation.

    Returns:
        Scores by work and sample; the last sample is all inputs that the ablation is measured on.
    """
    model, data = small_networks.trained(name)
    names = list(small_networks.KINDS[name].layers)
    tracers = {work: Tracer(recorded(model, names), work=work) for work in works}
    found: dict[tuple[float, int], Scores] = {}
    for label in range(small_networks.CLASSES):
        whole = data.unseen[data.labels == label]
        seen = outputs(model, whole, names)
        effects: dict[tuple[str, str], Tensor] = {}
        generator = torch.Generator().manual_seed(label)
        draws = [torch.randperm(len(whole), generator=generator)[:TRACED] for _ in range(SAMPLES)]
        for sample, rows in enumerate([*draws, torch.arange(len(whole))]):
            for work, tracer in tracers.items():
                scores = found.setdefault((work, sample), {})
                for pair, table in _edges(tracer, model, whole[rows]).items():
                    if pair not in effects:
                        effects[pair] = ablated(model, whole, seen, pair)
                    scores.setdefault(" → ".join(pair), []).extend(
                        float(spearmanr(row, true).statistic)
                        for row, true in zip(table, effects[pair], strict=True)
                        if row.unique().numel() > 1 and true.abs().max() > 1e-6
                    )
    return {key: {p: s for p, s in scores.items() if s} for key, scores in found.items()}


def _edges(tracer: Tracer, model: nn.Module, batch: Tensor) -> dict[tuple[str, str], Tensor]:
    """Return the recorded edges of a batch, `[consumers, producers]` by pair of layers."""
    measured = tracer.measure(lambda: model(batch), ["contribution"], inputs=len(batch))
    tables: dict[tuple[str, str], Tensor] = {}
    for consumer, edges in measured.compose().items():
        parts = edges.contribution.split(list(edges.units), 1)
        for producer, table in zip(edges.producers, parts, strict=True):
            tables[producer, consumer] = tables.get((producer, consumer), 0) + table
    return tables


def fidelity() -> list[Figure]:
    """Measure how well edges predict ablations: each network's worst pair of layers and sample."""
    figures = []
    ways = {math.inf: "", 0.0: ", parts multiplied"}
    for name in small_networks.KINDS:
        found = agreement(name, list(ways))
        for work, how in ways.items():
            for what, share, least in (("median", 0.5, 0.98), ("10 % quantile", 0.1, 0.9)):
                by_sample = [
                    {
                        pair: float(np.quantile(scores, share))
                        for pair, scores in found[work, sample].items()
                    }
                    for sample in range(SAMPLES + 1)
                ]
                by_pair = {
                    pair: min(values[pair] for values in by_sample[:-1]) for pair in by_sample[0]
                }
                worst = min(by_pair, key=by_pair.__getitem__)
                others = ", ".join(f"{value:.3f}" for value in by_pair.values())
                figures.append(
                    Figure(
                        f"{name}{how}: Spearman with ablation, {what} of the worst pair of layers",
                        by_pair[worst],
                        "",
                        least=None if how else least,
                        note=f"{worst}; by pair {others}; "
                        f"{min(by_sample[-1].values()):.3f} where edges are of all inputs",
                    )
                )
    return figures


def measure() -> Section:
    torch.set_num_threads(1)
    return Section(
        "Measuring influence",
        COMMAND,
        f"One thread; a batch of {BATCH} inputs as of one class; the time that the traced pass "
        "takes beyond the forward pass of the same inputs, of VGG16 with He-initialized weights. A "
        "weight gradient a measure and layer is as much arithmetic as the layer itself. Ablation: "
        "small networks trained on scikit-learn's digits, or to continue Python's help texts, and "
        "recorded at rectified layers or whole blocks; by how much the mean pre-activation of a "
        "unit, where it is active, falls when one producer is set to 0 and the other recorded "
        "layers are held, over all of a class's inputs that the network was not trained on, "
        f"against the edge that {TRACED} of them give, the default: the worst pair of layers in "
        f"the worst of {SAMPLES} samples. In small networks an edge is itself an ablation, "
        "so that of all inputs these rows hold unless a trace is wrong. *Parts "
        "multiplied*: as it is done where that would be too much work (`Graph(work=0)`).",
        [*cost(), *fidelity()],
    )


if __name__ == "__main__":
    print(measure().markdown())
