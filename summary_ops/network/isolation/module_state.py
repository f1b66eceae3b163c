"""Save what a forward pass may write into a model, and restore it afterwards."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.grad_mode import _unsafe_preserve_version_counter
from torch.utils._python_dispatch import (
    TorchDispatchMode,
    _get_current_dispatch_mode,
    _pop_mode,
    _push_mode,
)

from summary_ops.data.tensor_parts import same_bits, strided_parts
from summary_ops.network.isolation import generators, sharding

COPIED = 2**20
"""Bytes of the largest tensor that is copied beforehand; a larger one, before it is written to."""

LONGEST = 10_000
"""Entries of the largest list or dict that is looked into."""

_CONTAINERS = (dict, OrderedDict, defaultdict, list, deque, tuple)
_HELD = (Tensor, nn.Module)
_INTERNAL = frozenset(vars(nn.Module()))


@contextmanager
def preserved_state(model: nn.Module) -> Iterator[None]:
    """Put back, bit for bit, what forward passes inside write into the model.

    Parameters, buffers and other tensors among the modules' attributes keep identity, values,
    version counters, gradients and `requires_grad`; tensors in lists, dicts and tuples keep theirs,
    random generators their states. Numbers, and what lists, dicts and other objects hold besides,
    are not put back.

    Small tensors are copied and compared, since a write through `.data` or by a kernel of the
    user's shows nowhere else. Large ones are copied when an operation is about to write to them, so
    that ordinary models cost no memory.
    """
    found = _Found(model)
    tensors = {id(part): part for t in found.tensors for part in (t, *strided_parts(t))}
    counted = tuple(part for part in tensors.values() if not part.is_inference())
    with ExitStack() as stack:
        with torch.inference_mode(mode=False), torch.no_grad():
            parts = [_Values(part) for tensor in found.tensors for part in strided_parts(tensor)]
        watched = [part for part in parts if part.copy is None]
        stack.enter_context(_unsafe_preserve_version_counter(counted))
        for part in parts:
            stack.callback(part.restore)
        for tensor in found.tensors:
            stack.callback(_restore_gradient, tensor, tensor.grad, tensor.requires_grad)
        for entries in found.entries:
            stack.callback(_restore_entries, *entries)
        found.detach_entries()
        stack.enter_context(generators.preserved(found.generators))
        stack.enter_context(sharding.preserved_shards(model))
        if watched:
            stack.enter_context(_CopyOnWrite(watched))
        yield


class _Found:
    """The tensors and generators reachable from a model by attributes, lists, dicts and tuples.

    Attributes:
        tensors: each leaf of autograd once.
        entries: dicts of parameters, buffers, submodules and other attributes, with copies of them.
        generators: of random numbers.
    """

    def __init__(self, model: nn.Module) -> None:
        self.tensors: list[Tensor] = []
        self.entries: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.generators: list[Any] = []
        self._seen: set[int] = set()
        self._sharded = sharding.is_sharded(model)
        waiting: list[Any] = [model]
        while waiting:
            value = waiting.pop()
            if id(value) not in self._seen:
                self._seen.add(id(value))
                waiting += self._visit(value)

    def _visit(self, value: Any) -> Sequence[Any]:
        """Note a value; returns what is to be visited next."""
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, torch.jit.ScriptModule):
            return (*value.parameters(), *value.buffers())
        if isinstance(value, nn.Module):
            return self._module(value)
        if isinstance(value, generators.KINDS):
            self.generators.append(value)
        if type(value) in _CONTAINERS and len(value) <= LONGEST:
            return tuple(value.values() if isinstance(value, dict) else value)
        return ()

    def _tensor(self, value: Tensor) -> Sequence[Any]:
        if not value.is_leaf:
            return ()
        self.tensors.append(value)
        return () if value.grad is None else (value.grad,)

    def _module(self, module: nn.Module) -> Sequence[Any]:
        attributes = vars(module)
        registers = [attributes["_buffers"], attributes["_modules"]]
        if not self._sharded:  # FSDP puts whole parameters in place of shards, and the shards back
            registers.append(attributes["_parameters"])
        found = [(attributes, _own(attributes)), *((one, dict(one)) for one in registers)]
        self.entries += found
        return tuple(value for _, before in found for value in before.values())

    def detach_entries(self) -> None:
        """Put copies in place of what is part of a graph of the user's, who needs it as it is."""
        copies: dict[int, Tensor] = {}
        for entries, before in self.entries:
            for name, value in before.items():
                if isinstance(value, Tensor) and not value.is_leaf:
                    entries[name] = copies.setdefault(id(value), value.detach().clone())


def _own(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in _INTERNAL}


def _restore_entries(entries: dict[str, Any], before: dict[str, Any]) -> None:
    """Let a register, or a module's attributes, hold again the tensors and modules that it held."""
    now = _own(entries)
    changed = [
        name
        for name in now.keys() | before.keys()
        if now.get(name) is not before.get(name)
        and (isinstance(now.get(name), _HELD) or isinstance(before.get(name), _HELD))
    ]
    for name in changed:
        entries.pop(name, None)
        if name in before:
            entries[name] = before[name]
    for name in before if changed else ():  # in the order of before, which a state dict has
        if name in entries:
            entries[name] = entries.pop(name)


def _restore_gradient(tensor: Tensor, gradient: Tensor | None, requires_grad: bool) -> None:
    """Make a tensor a leaf again, with the gradient that it had."""
    if not tensor.is_leaf:
        tensor.detach_()
    if tensor.requires_grad != requires_grad:
        tensor.requires_grad_(requires_grad)
    if tensor.grad is not gradient:
        tensor.grad = gradient


class _Values:
    """The values of a strided tensor.

    Attributes:
        copy: of them; None until there is one.
    """

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor
        with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001
            self._memory = tensor.detach()  # stays when tensor.data is replaced
        self.copy: Tensor | None = None
        if tensor.nbytes <= COPIED:
            self.save()

    @property
    def storage(self) -> int:
        """Return the address of the memory."""
        return self._memory.untyped_storage().data_ptr()

    def save(self) -> None:
        """Copy the values as they are now, unless that is done."""
        if self.copy is None:
            with torch._C.DisableTorchFunctionSubclass():  # noqa: SLF001
                self.copy = self._memory.clone()

    def restore(self) -> None:
        """Let the tensor have its memory again, and that its values."""
        tensor, memory, copy = self._tensor, self._memory, self.copy
        with (
            torch.inference_mode(memory.is_inference()),
            torch.no_grad(),
            torch._C.DisableTorchFunctionSubclass(),  # noqa: SLF001
        ):
            if tensor.dtype != memory.dtype or not tensor.is_set_to(memory):
                tensor.data = memory
            if copy is not None and not same_bits(memory, copy):
                memory.copy_(copy)


class Unwatched:
    """A context for computations of our own, which write nothing into the model.

    While state is preserved each operation is looked at beforehand, which takes longer than a small
    one does; here none is.
    """

    def __enter__(self) -> None:
        found = _get_current_dispatch_mode()
        self._hidden = _pop_mode() if isinstance(found, _CopyOnWrite) else None

    def __exit__(self, *_: object) -> None:
        if self._hidden is not None:
            _push_mode(self._hidden)


class _CopyOnWrite(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Copies tensors before the first operation that writes to their memory.

    Args:
        watched: what is not copied yet.
    """

    def __init__(self, watched: Iterable[_Values]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._by_storage: dict[int, list[_Values]] = {}
        self._reading: set[Any] = set()
        for values in watched:
            self._by_storage.setdefault(values.storage, []).append(values)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Save what the operation is about to write to, then call it."""
        kwargs = kwargs or {}
        if func not in self._reading:
            schema = getattr(func, "_schema", None)
            if schema is None or not schema.is_mutable:
                self._reading.add(func)
            else:
                for tensor in _written(schema, args, kwargs):
                    self._save(tensor)
        return func(*args, **kwargs)

    def _save(self, tensor: Tensor) -> None:
        for part in strided_parts(tensor):
            for values in self._by_storage.pop(part.untyped_storage().data_ptr(), ()):
                values.save()


def _written(schema: Any, args: tuple[Any, ...], kwargs: Any) -> Iterator[Tensor]:
    """Yield the tensors that an operation's schema says it writes to."""
    for index, argument in enumerate(schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = args[index] if index < len(args) else kwargs.get(argument.name)
            several = value if isinstance(value, (list, tuple)) else (value,)
            yield from (one for one in several if isinstance(one, Tensor))
