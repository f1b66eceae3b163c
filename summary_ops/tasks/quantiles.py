"""Quantile bins of numbers: where they lie, which one a number is in, and what they are called."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

QUANTILES = 4
"""Number of bins of target and of error in which regression inputs are grouped."""


def quantile_edges(values: Tensor) -> Tensor:
    """Inner edges `[3]` that split the finite values into four equal parts."""
    finite = values[torch.isfinite(values)].double()
    if not len(finite):
        return torch.zeros(QUANTILES - 1, dtype=torch.float64, device=values.device)
    q = torch.linspace(0, 1, QUANTILES + 1, dtype=torch.float64, device=values.device)[1:-1]
    return torch.quantile(finite, q)


def learn_edges(
    edges: dict[str, Tensor], pairs: Sequence[tuple[Tensor | None, Tensor | None]], most: int
) -> None:
    """Add the quantile edges of targets and of errors, unless known, from the first inputs.

    Args:
        edges: edges known so far.
        pairs: outputs and targets `[batch]` of each batch, where there are some.
        most: inputs that are looked at.
    """
    targets = [target for _, target in pairs if target is not None]
    if "target" not in edges and targets:
        edges["target"] = quantile_edges(torch.cat(targets)[:most])
    errors = [
        (output - target).abs()
        for output, target in pairs
        if output is not None and target is not None
    ]
    if "error" not in edges and errors:
        edges["error"] = quantile_edges(torch.cat(errors)[:most])


def quantile_index(values: Tensor, edges: Tensor) -> Tensor:
    """Index of each value's bin, -1 for NaN."""
    index = torch.bucketize(values.double(), edges.to(values.device), right=True)
    return torch.where(torch.isfinite(values), index, -1)


def quantile_names(kind: str, edges: Tensor) -> dict[str, str]:
    """Readable names of quantile bins: `target < 0.25`, `0.25 ≤ target < 0.5`, …."""
    text = [f"{edge:.4g}" for edge in edges.tolist()]
    names = [f"{kind} < {text[0]}"]
    names += [f"{a} ≤ {kind} < {b}" for a, b in itertools.pairwise(text)]
    names.append(f"{kind} ≥ {text[-1]}")
    return {f"{kind}:{index}": name for index, name in enumerate(names)}


def subset_names(edges: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Readable names of the bins of all kinds, flattened: key, name, key, name."""
    named = (quantile_names(kind, inner) for kind, inner in edges.items())
    return tuple(text for names in named for pair in names.items() for text in pair)
