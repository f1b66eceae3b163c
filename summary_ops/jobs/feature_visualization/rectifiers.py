"""A way out for units that a picture leaves silent: gradients through closed rectifiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

Function = Callable[..., Any]

PLAIN: dict[Function, Function] = {
    function: function for function in (F.relu, F.relu6, F.hardtanh, torch.relu, Tensor.relu)
}
IN_PLACE: dict[Function, Function] = {
    torch.relu_: F.relu,
    Tensor.relu_: F.relu,
    F.hardtanh_: F.hardtanh,
}


class Redirect(TorchFunctionMode):
    """Inside, rectifiers let a gradient of descent pass where all of an input's would be zero.

    A picture that leaves a unit silent gives no gradient to start from. Where the gradient of an
    input vanishes at a rectifier, the part of it that would open closed units passes; elsewhere it
    is the rectifier's own. (Lucid's `redirected_relu_grad`, from the code of Olah et al. 2017.)
    """

    def __torch_function__(
        self,
        func: Function,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a torch function, a rectifier with the other gradient."""
        del types
        options = dict(kwargs or {})
        if func not in PLAIN and func not in IN_PLACE:
            return func(*args, **options)
        value, *others = args or (options.pop("input"),)
        given = others.pop() if others and isinstance(others[-1], bool) else False
        in_place = options.pop("inplace", given) or func in IN_PLACE
        before = value.clone()
        result = (PLAIN | IN_PLACE)[func](before, *others, **options)
        result = _Redirected.apply(before, result)  # type: ignore[no-untyped-call]
        return value.copy_(result) if in_place else result


class _Redirected(torch.autograd.Function):
    """Identity of a rectifier's result, that sends the redirected gradient to its argument."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, result: Tensor) -> Tensor:
        """Remember where the rectifier is open, and where it is closed from below."""
        is_open = (value == result) & (value != 0)
        ctx.save_for_backward(is_open, (value <= result) & ~is_open)
        return result.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        """Pass the redirected gradient to the argument, and the whole one to the rectifier."""
        is_open, closed = ctx.saved_tensors
        (gradient,) = gradients
        passing = torch.where(is_open, gradient, 0)
        stuck = (passing.flatten(1) == 0).all(1).view(-1, *[1] * (gradient.ndim - 1))
        return torch.where(stuck & closed, gradient.clamp(max=0), 0), gradient
