"""Make as many forward passes on every process, for models that need all of them in each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

from summary_ops.network.isolation import sharding
from summary_ops.streaming import collectives


def anywhere(model: nn.Module, here: bool) -> bool:
    """Return whether something holds here or, for a model spread over processes, anywhere."""
    return any(collectives.gather(here)) if sharding.is_spread(model) else here


class Lockstep:
    """This process's batches; its first one again while others go on.

    Every process makes one and asks it for the same rounds.

    Args:
        batches: of this process.

    Raises:
        ValueError: a process has none.
    """

    def __init__(self, batches: Iterator[Any]) -> None:
        found = list(itertools.islice(batches, 1))
        if lacking := [at for at, count in enumerate(collectives.gather(len(found))) if not count]:
            raise ValueError(
                f"the loader of process {lacking[0]} gives no batch; the model is spread over "
                "processes, each of which takes part in every forward pass: give it one at least"
            )
        self._first = found[0]
        self._batches = itertools.chain(found, batches)

    def rounds(self, wants: Callable[[], bool]) -> Iterator[tuple[Any, bool]]:
        """Batches, each with whether it counts, until no process has one that it wants.

        Args:
            wants: whether this process wants a batch of its own.
        """
        while True:
            own = list(itertools.islice(self._batches, 1)) if wants() else []
            if not any(collectives.gather(bool(own))):
                return
            yield (own[0], True) if own else (self._first, False)
