"""Differential evolution (DE/rand/1), for many problems at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Cost = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""From problems `[active]` and their candidates `[active, population, genes]` to what each
candidate costs and whether it solves its problem, both `[active, population]`."""


@dataclass(frozen=True)
class Solutions:
    """The best candidate of each problem.

    Attributes:
        genes: `[problems, genes]`.
        solved: bool `[problems]`.
        evaluations: candidates tried, int64 `[problems]`.
    """

    genes: Tensor
    solved: Tensor
    evaluations: Tensor


def minimize(
    cost: Cost, first: Tensor, *, generations: int, generator: torch.Generator, weight: float = 0.5
) -> Solutions:
    """Minimize the cost of each problem until one of its candidates solves it.

    Every member `i` meets one child `r1 + weight * (r2 - r3)`, with `r1`, `r2`, `r3` three other
    members drawn at random, and gives way to it where the child costs less. There is no
    crossover. Genes that leave the unit interval are reflected into it.

    Args:
        cost: see `Cost`.
        first: first generation, `[problems, population, genes]` in [0, 1]; at least 4 members.
        generations: most generations after the first.
        generator: draws the parents.
        weight: differential weight F.

    Source:
        Storn and Price (1997), variant DE/rand/1 as Su, Vargas and Sakurai (2019) use it.
    """
    problems, size, _ = first.shape
    genes = torch.empty_like(first[:, 0])
    solved = torch.zeros(problems, dtype=torch.bool, device=first.device)
    evaluations = torch.zeros(problems, dtype=torch.int64, device=first.device)
    active = torch.arange(problems, device=first.device)
    if not problems:
        return Solutions(genes, solved, evaluations)
    members, costs, solving = first, *cost(active, first)
    for generation in range(generations + 1):
        if generation:
            children = _children(members, weight, generator)
            child_costs, child_solving = cost(active, children)
            better = child_costs < costs
            members = torch.where(better[..., None], children, members)
            costs = torch.where(better, child_costs, costs)
            solving = torch.where(better, child_solving, solving)
        best = torch.where(solving.any(1)[:, None] & ~solving, torch.inf, costs).argmin(1)
        rows = torch.arange(len(active), device=first.device)
        genes[active] = members[rows, best]
        solved[active] = solving[rows, best]
        evaluations[active] += size
        going = ~solved[active]
        active = active[going]
        if not len(active):
            break
        members, costs, solving = members[going], costs[going], solving[going]
    return Solutions(genes, solved, evaluations)


def _children(members: Tensor, weight: float, generator: torch.Generator) -> Tensor:
    problems, size, _ = members.shape
    own = torch.arange(size).expand(problems, size)
    a, b, c = ((own + shift) % size for shift in _distinct(problems, size, generator))
    rows = torch.arange(problems)[:, None]
    one, two, three = (members[rows, chosen.to(members.device)] for chosen in (a, b, c))
    mutants = one + weight * (two - three)
    return 1 - (1 - mutants.abs()).abs()


def _distinct(problems: int, size: int, generator: torch.Generator) -> tuple[Tensor, ...]:
    """Three different shifts from 1 to `size - 1`, each `[problems, size]`."""

    def draw(count: int) -> Tensor:
        return torch.randint(1, count, (problems, size), generator=generator)

    a, b, c = draw(size), draw(size - 1), draw(size - 2)
    b = b + (b >= a)
    low, high = torch.minimum(a, b), torch.maximum(a, b)
    c = c + (c >= low)
    return a, b, c + (c >= high)
