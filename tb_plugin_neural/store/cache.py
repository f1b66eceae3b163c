"""A cache that is bounded by the bytes it holds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Value = TypeVar("Value")


class Cache:
    """Values by key; the least recently used go when all together weigh more than `limit`.

    Safe for threads: a value that several ask for at once is made once, and an exception while
    making it reaches all of them and is not kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.weight = 0
        self._lock = threading.Lock()
        self._values: dict[Hashable, Future[Any]] = {}
        self._weights: OrderedDict[Hashable, int] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], tuple[Value, int]]) -> Value:
        """Return the value of `key`; without one, that of `make`, which also returns its weight."""
        with self._lock:
            future = self._values.get(key)
            mine = future is None
            if future is None:
                future = self._values[key] = Future()
            elif key in self._weights:
                self._weights.move_to_end(key)
        if mine:
            try:
                value, weight = make()
            except BaseException as error:
                with self._lock:
                    del self._values[key]
                future.set_exception(error)
                raise
            future.set_result(value)
            self._keep(key, weight)
        result: Value = future.result()
        return result

    def _keep(self, key: Hashable, weight: int) -> None:
        with self._lock:
            self._weights[key] = weight
            self.weight += weight
            while self.weight > self.limit:
                oldest, lighter = self._weights.popitem(last=False)
                del self._values[oldest]
                self.weight -= lighter
