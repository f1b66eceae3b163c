"""Modules whose forward pass, or whose `train()` and `eval()`, change the module itself.

All stand between the pixels and the classes of a small classifier of digits, see `classifier`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.ao import quantization
from torch.nn.utils import parametrizations, parametrize

WIDTH = 16


class LowRank(nn.Linear):
    """An adapter that is merged into the weight by `eval()` and taken out by `train()`."""

    def __init__(self) -> None:
        super().__init__(WIDTH, WIDTH)
        self.down, self.up = (nn.Parameter(torch.randn(s) / 4) for s in ((2, WIDTH), (WIDTH, 2)))
        self.merged = False
        self.weight.requires_grad_(False)

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        if self.merged == mode:
            self.weight.data += (1 if not mode else -1) * (self.up @ self.down)
            self.merged = not mode
        return self

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + (0 if self.merged else x @ self.down.T @ self.up.T)


class Deployed(nn.Module):
    """Two branches that `eval()` makes one, for good."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)

    def train(self, mode: bool = True) -> Self:
        if not mode and hasattr(self, "other"):
            with torch.no_grad():
                self.one.weight += self.other.weight
                self.one.bias += self.other.bias
            del self.other
        return super().train(mode)

    def forward(self, x: Tensor) -> Tensor:
        return self.one(x) + (self.other(x) if hasattr(self, "other") else 0)


class Queue(nn.Module):
    """A memory bank that each forward pass writes its outputs to, as MoCo's."""

    def __init__(self, slots: int = 8) -> None:
        super().__init__()
        self.project = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("keys", torch.randn(slots, WIDTH))
        self.register_buffer("pointer", torch.zeros((), dtype=torch.long))

    def forward(self, x: Tensor) -> Tensor:
        found = self.project(x)
        similar = found @ self.keys.detach().clone().T
        places = (torch.arange(len(found)) + self.pointer) % len(self.keys)
        self.keys[places] = found.detach()
        self.pointer += len(found)
        return found + similar.mean(1, keepdim=True)


class Codebook(nn.Module):
    """Vector quantization whose codes follow a moving average, in evaluation mode too."""

    def __init__(self) -> None:
        super().__init__()
        self.codes = nn.Embedding(4, WIDTH)
        self.codes.weight.requires_grad_(False)
        self.register_buffer("size", torch.ones(4))

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            nearest = torch.cdist(x, self.codes.weight).argmin(1)
            chosen = F.one_hot(nearest, 4).to(x.dtype)
            self.size = 0.9 * self.size + 0.1 * chosen.sum(0)
            sums = chosen.T @ x / self.size[:, None]
            self.codes.weight.data.mul_(0.9).add_(0.1 * sums)
        return x + (self.codes(nearest) - x).detach()


class LargestNorm(nn.Linear):
    """A weight that each forward pass replaces by one of bounded norm, through `.data`."""

    def __init__(self) -> None:
        super().__init__(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        self.weight.data = torch.renorm(self.weight.data, 2, 0, 0.5)
        return super().forward(x)


class Renewed(nn.Linear):
    """A weight that each forward pass replaces by another parameter."""

    def __init__(self) -> None:
        super().__init__(WIDTH, WIDTH)
        self.weight.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        self.weight = nn.Parameter(self.weight * 0.99, requires_grad=False)
        return super().forward(x)


class Bag(nn.Module):
    """An embedding whose rows are renormalized as they are looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(16, WIDTH, max_norm=0.3)

    def forward(self, x: Tensor) -> Tensor:
        codes = ((x.detach() > 0).long() * torch.arange(WIDTH)).amax(1)
        return x + self.embed(codes)


class AlwaysTraining(nn.Module):
    """A batch normalization that its owner keeps in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        self.norm.train(len(x) > 1)
        return self.norm(x)


class OldSpectralNorm(nn.Module):
    """A spectral norm as a hook, which sets the weight as an attribute, kept in training mode."""

    def __init__(self) -> None:
        super().__init__()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            self.linear = nn.utils.spectral_norm(nn.Linear(WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        self.linear.train()
        return self.linear(x)


class Parametrized(nn.Module):
    """Parametrizations, cached while they are used, one of which iterates in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.first = parametrizations.spectral_norm(nn.Linear(WIDTH, WIDTH))
        self.second = parametrizations.weight_norm(nn.Linear(WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        self.first.train()
        with parametrize.cached():
            return self.second(self.first(x))


class Running(nn.Module):
    """A mean that joins the graph of the pass that updates it in place."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("mean", torch.zeros(WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        found = self.scale(x)
        self.mean.detach_().mul_(0.9).add_(found.mean(0))
        return found - self.mean


class Cache(nn.Module):
    """Keys of earlier passes, in tensors that are no buffers: written to, replaced, in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(WIDTH, WIDTH)
        self.written = torch.zeros(WIDTH)
        self.listed = [torch.zeros(WIDTH)]
        self.keys: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        found = self.linear(x)
        latest = found.detach().mean(0, keepdim=True)
        self.written += latest[0]
        self.listed[0].mul_(0.5).add_(latest[0])
        self.keys = latest if self.keys is None else torch.cat([self.keys, latest])
        return found + self.written.clone() + self.listed[0].clone() + self.keys.mean(0)


class Drawing(nn.Module):
    """Noise in evaluation mode, from generators of its own and from the process's."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(WIDTH, WIDTH)
        self.torch = torch.Generator().manual_seed(1)
        self.numpy = np.random.default_rng(1)

    def forward(self, x: Tensor) -> Tensor:
        noise = torch.randn(WIDTH, generator=self.torch) + torch.rand(1)
        return self.linear(x) + 0.01 * noise + 0.01 * float(self.numpy.normal())


class Teacher(nn.Module):
    """A second network in a list, hidden from `parameters()`, in training mode."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(WIDTH, WIDTH)
        self.hidden = [nn.BatchNorm1d(WIDTH).requires_grad_(False)]

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x) + self.hidden[0].train(len(x) > 1)(x)


class Frozen(nn.Module):
    """A batch normalization that `train()` leaves in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(WIDTH)
        self.calls = 0
        self.train()

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        self.calls += 1
        self.norm.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x)


class Large(nn.Module):
    """A weight of more than a megabyte that every other pass shrinks, through `.data`."""

    def __init__(self) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(WIDTH, 20_000, bias=False), nn.Linear(20_000, WIDTH)
        self.register_buffer("passes", torch.zeros((), dtype=torch.long))

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        if self.passes % 2:
            self.up.weight.data[:7].mul_(0.5)
        return self.down(self.up(x))


class Accumulating(nn.Module):
    """A pass that adds to gradients of its own, where gradients are on."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        with torch.enable_grad():
            self.linear(x.detach()).square().mean().backward()
        return self.linear(x)


def fake_quantized(width: int = WIDTH) -> nn.Module:
    """A layer whose observers widen their ranges in evaluation mode too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = nn.Sequential(nn.Linear(width, width)).train()
        model.qconfig = quantization.get_default_qat_qconfig("fbgemm")
        return quantization.prepare_qat(model)


MODULES: dict[str, Callable[[], nn.Module]] = {
    kind.__name__: kind
    for kind in (
        *(LowRank, Deployed, Queue, Codebook, LargestNorm, Renewed, Bag, AlwaysTraining),
        *(OldSpectralNorm, Parametrized, Running, Cache, Drawing, Teacher, Frozen, Large),
        *(Accumulating, fake_quantized),
    )
}


def classifier(*names: str) -> nn.Module:
    """Digits `[batch, 1, 8, 8]` to ten classes, through some of `MODULES`."""
    torch.manual_seed(0)
    before = [nn.Flatten(), nn.Linear(64, WIDTH), nn.ReLU()]
    return nn.Sequential(*before, *(MODULES[name]() for name in names), nn.Linear(WIDTH, 10))


def everything_in(model: nn.Module) -> dict[str, Any]:
    """What a user could find out about a model: each value, its identity and its version."""
    named = [*model.named_parameters(), *model.named_buffers()]
    tensors = {
        name: (t.detach().clone(), id(t), t._version, t.requires_grad, t.is_leaf)
        for name, t in named
    }
    own = {
        name: {key: _copy(value) for key, value in vars(part).items() if key[0] != "_"}
        for name, part in model.named_modules()
    }
    hooks = {
        n: (len(m._forward_hooks), len(m._forward_pre_hooks)) for n, m in model.named_modules()
    }
    gradients = {n: None if p.grad is None else p.grad.clone() for n, p in model.named_parameters()}
    return {"tensors": tensors, "attributes": own, "hooks": hooks, "gradients": gradients}


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, nn.Module):
        return dict(value.state_dict())
    if isinstance(value, dict):
        return {key: _copy(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copy(part) for part in value]
    if isinstance(value, (torch.Generator, np.random.Generator)):
        return _state(value)
    return value if isinstance(value, (int, float, str)) else type(value).__name__


def _state(generator: torch.Generator | np.random.Generator) -> Any:
    if isinstance(generator, torch.Generator):
        return generator.get_state()
    return generator.bit_generator.state
