"""Undo what a failed pass has changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def undone_by_failure(*holders: object) -> Iterator[None]:
    """Put the attributes of objects back where anything is raised inside, an interrupt too.

    Args:
        holders: what may change; each is copied, deeply but for the leaves that its class's
            `__deepcopy__` shares.
    """
    before: list[tuple[object, dict[str, Any]]] = [
        (holder, copy.deepcopy(vars(holder))) for holder in holders
    ]
    try:
        yield
    except BaseException:
        for holder, attributes in before:
            vars(holder).clear()
            vars(holder).update(attributes)
        raise
