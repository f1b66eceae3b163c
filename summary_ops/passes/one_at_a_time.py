"""Refuse a second use of a recorder at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from summary_ops.network.isolation import sharding


class OneAtATime:
    """Refuses a second use of a recorder while it is in use, nested or in another thread.

    Args:
        model: what it records.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._in_use = threading.Lock()

    @contextmanager
    def using(self, what: str) -> Iterator[None]:
        """Use the recorder for a while.

        Args:
            what: it is used for, for the message.

        Raises:
            RuntimeError: it is in use; or no process sees all units of the model.
        """
        sharding.check_not_tensor_parallel(self._model)
        if not self._in_use.acquire(blocking=False):
            raise RuntimeError(
                f"{what} while this recorder is in use already, in this thread or another: end "
                "that first, or use a second Recorder with another name="
            )
        try:
            yield
        finally:
            self._in_use.release()
