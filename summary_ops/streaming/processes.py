"""The statistics of all processes in one; every process calls these in the same order."""

from __future__ import annotations

from torch import Tensor

from summary_ops.network.modules.sizes import Sizes
from summary_ops.streaming import collectives
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.collectives import active, alone, rank
from tb_plugin_neural.contract.records import Layer

__all__ = ["active", "alone", "merge", "rank", "share_edges", "share_windows"]


def share_windows(accumulator: Accumulator) -> None:
    """Give every process the windows and centers of process 0, so that counts merge exactly."""
    # Counts of two histograms add up exactly only on one lattice in one window. Process 0 decides
    # before anything is counted; to merge differing windows would lose what lies outside of either.
    mine = None
    if rank() == 0:
        accumulator.learn_edges(accumulator.waiting)
        accumulator.flush()
        mine = accumulator.placement(_host(accumulator.edges))
    placement = collectives.broadcast(mine)
    if rank() != 0:
        accumulator.place_as(placement)


def share_edges(accumulator: Accumulator) -> None:
    """Agree on quantile edges before targets are counted in them: the first process's that has any.

    Every process calls this before each `merge`.
    """
    if not accumulator.settings.task.quantiles:
        return
    accumulator.learn_edges(accumulator.waiting)
    # Reversed, so that the first process that knows a target's edges has the last word: which
    # process that is must not depend on which of them were idle.
    for edges in reversed(collectives.gather(_host(accumulator.edges))):
        accumulator.edges |= edges


def merge(accumulator: Accumulator, layers: dict[str, Layer], sizes: Sizes) -> None:
    """Sum all processes' statistics into every process; one without inputs adds zeros.

    `share_edges` goes before.

    Args:
        accumulator: this process's.
        layers: the layers that this process has seen; those of the others are added.
        sizes: their sizes, likewise.
    """
    # First all agree on rows, columns and their order (small, as objects), then tensors of equal
    # shape are reduced. A process that saw no input takes part with zeros: collectives wait for
    # everyone, and one that skipped a call would leave the others waiting for ever.
    accumulator.flush()
    everyone = collectives.gather((accumulator.share(), layers, sizes.shapes))
    for _, theirs, shapes in everyone:
        for name, layer in theirs.items():
            layers.setdefault(name, layer)
        sizes.join(shapes)
    accumulator.adopt([share for share, _, _ in everyone], collectives.device())
    for state in accumulator.states():
        collectives.all_reduce(state)


def _host(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.cpu() for name, tensor in tensors.items()}
