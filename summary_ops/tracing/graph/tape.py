"""Record the operations of a model while it runs."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from summary_ops.data import trees

SIZED = frozenset({"view", "_unsafe_view", "reshape", "expand", "repeat", "as_strided"})
"""Operations whose plain arguments follow from the number of inputs."""


class Ref(NamedTuple):
    """A tensor among an operation's arguments: the number of its value."""

    value: int


class Geometry(NamedTuple):
    """The geometry of a tensor's elements in its storage."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    @classmethod
    def of(cls, tensor: Tensor) -> Geometry:
        """Return the geometry of a tensor."""
        return cls(tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()))


@dataclass(frozen=True)
class Op:
    """One operation.

    Attributes:
        func: an ATen operation, `rewritten`, or `mark` and `opaque`, which compute nothing.
        args, kwargs: its arguments, tensors as `Ref`, lists as tuples.
        outputs: values of the tensors it returns, in order.
        label: a layer's name at a mark, a module's at an opaque region.
        axes: of a mark: the unit axis and the batch axis.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[int, ...] = ()
    label: str = ""
    axes: tuple[int, int] = (1, 0)

    @property
    def name(self) -> str:
        """The operation's name without overload; that of one in place is its plain sister's."""
        schema = getattr(self.func, "_schema", None)
        whole = schema.name if schema is not None else self.func.__name__
        name = whole.split("::")[-1]
        return name[:-1] if name.endswith("_") and not name.endswith("__") else name

    @property
    def written(self) -> tuple[int, ...]:
        """Places of the arguments that it overwrites."""
        return written(self.func)

    def refs(self) -> list[int]:
        """Values of all its tensors, in order, each once."""
        return list(dict.fromkeys(ref.value for ref in _refs((self.args, *self.kwargs.values()))))

    def call(self, get: Callable[[int], Tensor]) -> Any:
        """Compute it again out of place, with the tensors that `get` gives."""
        args = [decode(item, get) for item in self.args]
        for index in self.written:
            args[index] = args[index].clone()
        if self.func in (torch.ops.aten.view.default, torch.ops.aten._unsafe_view.default):  # noqa: SLF001
            return args[0].reshape(args[1])
        return self.func(*args, **{key: decode(item, get) for key, item in self.kwargs.items()})


def mark() -> None:
    """Stands for a layer's output being recorded."""


def opaque() -> None:
    """Stands for a module that is not looked into."""


def rewritten(old: Tensor, new: Tensor, view: Geometry, where: Geometry) -> Tensor:
    """Return a view of memory that was partly overwritten through another view.

    Args:
        old: the view as it was.
        new: what was written.
        view: of the view.
        where: of what was written.
    """
    ends = [
        g.offset + sum((n - 1) * s for n, s in zip(g.size, g.stride, strict=True))
        for g in (view, where)
    ]
    origin = torch.full((max(ends) + 1,), -1, device=old.device)
    origin.as_strided(*where).copy_(torch.arange(new.numel(), device=old.device).view(new.shape))
    index = origin.as_strided(*view)
    taken = new.reshape(-1)[index.clamp(min=0)]
    return torch.where(index >= 0, taken, old)


class Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down the operations of a forward pass, and keeps values.

    A value is what a tensor held at one moment: a tensor overwritten in place has several.

    Args:
        names: names of parameters and buffers by tensor.
        kept: whether a value, or all (None), is kept when it is made.
        after: called with the operation's index and its token after each operation, out of sight
            of the tape, where autograd works.

    Attributes:
        mask_of: from a recorded layer, or "" for what runs now, to the tokens that count,
            `[batch, positions]`; None when all do.
    """

    def __init__(
        self,
        names: Mapping[int, str],
        kept: Callable[[int], bool] | None = None,
        after: Callable[[int, Any], None] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ops: list[Op] = []
        self.tokens: list[Any] = []
        self.values: dict[int, Tensor] = {}
        self.constants: dict[int, str] = {}
        self.hidden = 0
        self.mask_of: Callable[[str], Tensor | None] = lambda _: None
        self._names = names
        self._kept = kept
        self._after = after
        self._count = 0
        self._ids: MutableMapping[Tensor, int] = WeakTensorKeyDictionary()
        self._stale: MutableMapping[Tensor, list[tuple[Geometry, int]]] = WeakTensorKeyDictionary()
        self._alike: dict[int, list[weakref.ref[Tensor]]] = {}
        self._fresh: list[str] = []

    def __enter__(self) -> Self:
        self._keys = (
            torch._C._dispatch_tls_local_include_set(),  # noqa: SLF001
            torch._C._dispatch_tls_local_exclude_set(),  # noqa: SLF001
        )
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run an operation and write it down."""
        del types
        kwargs = kwargs or {}
        if self.hidden or func.namespace == "profiler":
            return func(*args, **kwargs)
        # One operation to PyTorch, but a product with a gate to a unit: written down as its parts,
        # it needs no rule of its own.
        if func.overloadpacket is torch.ops.aten.glu:
            with self:  # the mode is off in here
                value, gate = args[0].chunk(2, args[1] if len(args) > 1 else -1)
                return value * torch.sigmoid(gate)
        inputs = tuple(self._encode(item) for item in args)
        named = {key: self._encode(item) for key, item in kwargs.items()}
        # In-place operations end a value's life. What is kept of it is cloned before they run, and
        # whoever shares the memory learns of it after: a replay needs the values as they were read.
        targets = [args[index] for index in written(func)]
        for target in targets:
            self._protect(target)
        result = func(*args, **kwargs)
        outputs = tuple(self._give(tensor) for tensor in trees.tensors(result))
        for target in targets:
            self._spread(target)
        self._put(Op(func, inputs, named, outputs))
        return result

    def mark(self, layer: str, tensor: Tensor, axes: tuple[int, int]) -> None:
        """Note that a layer's output is recorded now."""
        before = self._encode(tensor)
        value = self._give(tensor)
        self._put(Op(mark, (before,), {}, (value,), layer, axes))

    def opaque(self, module: str, inputs: Any, outputs: Any) -> None:
        """Note a module that was not looked into."""
        given = tuple(self._encode(tensor) for tensor in trees.tensors(inputs))
        values = tuple(self._give(tensor) for tensor in trees.tensors(outputs))
        self._put(Op(opaque, given, {}, values, module))

    def value(self, tensor: Tensor) -> int:
        """Return the value that a tensor holds now."""
        return int(self._encode(tensor).value)

    def _put(self, op: Op) -> None:
        plain = op.name in SIZED or op.func is rewritten
        args = tuple(_refs(op.args)) if plain else op.args
        # Tokens tell whether another pass does the same. Sizes follow from the number of inputs,
        # so that a smaller last batch must not count as another branch of the model.
        token = (op.func, args, tuple(op.kwargs.items()), op.label, op.axes, tuple(self._fresh))
        self._fresh.clear()
        self.ops.append(op)
        self.tokens.append(token)
        if self._after is not None:
            self.hidden += 1  # at a mark the mode is on, and some constructors find it
            try:
                with torch._C._ForceDispatchKeyGuard(*self._keys):  # noqa: SLF001
                    self._after(len(self.ops) - 1, token)
            finally:
                self.hidden -= 1

    def _encode(self, item: Any) -> Any:
        if isinstance(item, Tensor):
            found = self._ids.get(item)
            if found is None:
                found = self._give(item)
                self.constants[found] = name = self._names.get(id(item), "")
                self._fresh.append(name)
            # A view is brought up to date when it is read, not when its memory is written: most
            # views of a buffer that is filled part by part are never read again.
            for where, new in self._stale.pop(item, ()):
                value = self._give(item)
                self._put(
                    Op(rewritten, (Ref(found), Ref(new), Geometry.of(item), where), {}, (value,))
                )
                found = value
            return Ref(found)
        if isinstance(item, (tuple, list)):
            return tuple(self._encode(part) for part in item)
        return item

    def _give(self, tensor: Tensor) -> int:
        """Assign a new value to what a tensor holds."""
        value, self._count = self._count, self._count + 1
        # By storage and weakly: views must find each other, yet the tape must not keep alive what
        # the model has freed, as a pass would then need the memory of training.
        if tensor not in self._ids:
            self._alike.setdefault(memory_of(tensor), []).append(weakref.ref(tensor))
        self._ids[tensor] = value
        if self._kept is None or self._kept(value):
            self.values[value] = tensor
        return value

    def _sharing(self, tensor: Tensor) -> Iterator[Tensor]:
        """Yield the tensors that share a tensor's memory, itself included."""
        found = self._alike.get(memory_of(tensor), [])
        yield from (alive for ref in found if (alive := ref()) is not None)

    def _protect(self, target: Tensor) -> None:
        """Keep the values that are going to be overwritten."""
        for tensor in self._sharing(target):
            held = [value for value, kept in self.values.items() if kept is tensor]
            if held:
                self.values |= dict.fromkeys(held, tensor.clone())

    def _spread(self, target: Tensor) -> None:
        """Tell the tensors that share memory with one that was overwritten."""
        geometry, value = Geometry.of(target), self._ids[target]
        for tensor in self._sharing(target):
            if tensor is target:
                continue
            # The same elements under another tensor object hold the new value as it is; another
            # view holds a mixture of old and new, worked out when it is read.
            if Geometry.of(tensor) == geometry:
                self._ids[tensor] = value
            else:
                self._stale.setdefault(tensor, []).append((geometry, value))


def memory_of(tensor: Tensor) -> int:
    """Identify the memory that a tensor shares with its views; of a sparse one, the tensor."""
    try:
        return int(tensor.untyped_storage()._cdata)  # noqa: SLF001
    except (RuntimeError, NotImplementedError):  # sparse tensors and some subclasses have none
        return id(tensor)


@functools.cache
def written(func: Any) -> tuple[int, ...]:
    """Places of the arguments that an operation overwrites."""
    schema = getattr(func, "_schema", None)
    arguments = schema.arguments if schema is not None else ()
    return tuple(
        index
        for index, argument in enumerate(arguments)
        if argument.alias_info is not None
        and argument.alias_info.is_write
        and not argument.kwarg_only
    )


def decode(item: Any, get: Callable[[int], Tensor]) -> Any:
    """Replace the references in an encoded argument by tensors."""
    if isinstance(item, Ref):
        return get(item.value)
    if isinstance(item, tuple) and not isinstance(item, Geometry):
        return [decode(part, get) for part in item]
    return item


def _refs(item: Any) -> Iterator[Ref]:
    if isinstance(item, Ref):
        yield item
    elif isinstance(item, tuple):
        for part in item:
            yield from _refs(part)
