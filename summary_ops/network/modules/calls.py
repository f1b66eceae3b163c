"""Tell the calls of a module apart that is called several times in one forward pass."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from summary_ops.network.modules.layers import FLOOD

_MODULE = vars(torch.nn.modules.module)

Call = tuple[nn.Module, nn.Module | None, Any, int]
"""A module, what fed it, the place in the code that called it, and how often that happened."""


@dataclass
class CallNumbers:
    """The numbers of repeated calls, kept for the life of a network.

    A call is known by the module that ran before it and the place in the code that makes it. So it
    keeps its number in passes that skip another call of the same module. A module that is called
    once a pass has one number, whatever feeds it.

    Args:
        sites: whether places in the code count; in compiled code they are not stable.
        limit: layers, repeated calls included, that are recorded at most.
    """

    sites: bool = True
    limit: int = FLOOD
    _numbers: dict[Call, int] = field(default_factory=dict)
    _counts: dict[nn.Module, int] = field(default_factory=dict)
    _skipped: dict[str, None] = field(default_factory=dict)
    _repeated: int = 0

    def number(self, call: Call, taken: set[int], names: list[str], layers: int) -> int | None:
        """Return the number of a call, from 0; None for one that exceeds the limit.

        Args:
            call: as `PassCalls` finds it.
            taken: the module's numbers in this pass.
            names: layers that the module is recorded as.
            layers: number of all recorded layers, repeated calls not counted.
        """
        known, count = self._numbers.get(call), self._counts.get(call[0], 0)
        if known is None and count == 1 and not taken:
            known = self._numbers[call] = 0
        if known is not None and known not in taken:
            return known
        if count and layers + self._repeated + len(names) > self.limit:
            self._skipped |= dict.fromkeys(names)
            return None
        self._repeated += len(names) if count else 0
        self._numbers[call], self._counts[call[0]] = count, count + 1
        return count

    def described(self, model: nn.Module, layers: Mapping[str, nn.Module]) -> dict[str, str]:
        """Describe how each repeated call is recognized, alike in every process, by layer."""
        names: dict[nn.Module | None, str] = {m: name for name, m in model.named_modules()}
        found: dict[str, str] = {}
        for (module, last, site, count), number in self._numbers.items():
            for name in layers if self._counts[module] > 1 else ():
                if layers[name] is module:
                    layer = f"{name}:{number}" if number else name
                    found.setdefault(layer, f"{names.get(last)} {site} {count}")
        return found

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return what exceeds the limit."""
        if not self._skipped:
            return ()
        note = (
            f"further calls of {', '.join(self._skipped)} in one forward pass: at most "
            f"{self.limit} layers are recorded, each call is one; pass layers=[…] with fewer"
        )
        return (note,)


class PassCalls:
    """The calls of one forward pass.

    Args:
        numbers: of the network.
    """

    def __init__(self, numbers: CallNumbers) -> None:
        self._numbers = numbers
        self._last: nn.Module | None = None
        self._counts: dict[tuple[nn.Module, nn.Module | None, Any], int] = {}
        self._taken: dict[nn.Module, set[int]] = {}

    def next(self, module: nn.Module, names: list[str], layers: int) -> int | None:
        """Return the number of the running call; see `CallNumbers.number`."""
        key = module, self._last, _site() if self._numbers.sites else None
        count = self._counts.get(key, 0)
        self._counts[key] = count + 1
        taken = self._taken.setdefault(module, set())
        number = self._numbers.number((*key, count), taken, names, layers)
        if number is not None:
            taken.add(number)
        return number

    def passed(self, module: nn.Module) -> None:
        """Note that a module has run, which feeds what comes next."""
        self._last = module


def _site() -> tuple[str, str, int]:
    """Return the line of code that calls the module whose hook is running."""
    frame = sys._getframe(1)  # noqa: SLF001
    inside = False
    while frame.f_back is not None and (not inside or frame.f_globals is _MODULE):
        inside = inside or frame.f_globals is _MODULE
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_code.co_qualname, frame.f_lasti


def conflicts(described: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Layers that stand for different calls in several processes, and why they are left out."""
    known: dict[str, str] = {}
    found: dict[str, str] = {}
    for calls in described:
        for layer, call in calls.items():
            if known.setdefault(layer, call) != call:
                found[layer] = (
                    "passes differ in which calls of the module they make, and several processes "
                    "met them in another order; let the first pass of each make all calls, or "
                    "give each place a module of its own"
                )
    return found
