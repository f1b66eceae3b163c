"""Compute Summit's neuron influence: how strongly each producer alone drives a consumer.

The influence of channel i on channel j is the maximum over positions of the convolution of channel
i alone with its kernel for j (Hohman et al. 2019, "Summit", section 6.2), without the bias.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEW = 16
"""Positions up to which one product a channel is faster than one for each input as well."""

SMALL, SEVERAL = 32, 4
"""Elements of a kernel up to which, and consumers from which on, a product is faster than a grouped
convolution."""

CHUNK, DEVICE_CHUNK = 2**20, 2**25
"""Numbers computed at once, before the maximum over positions is taken: what caches hold."""

MODES = {
    "zeros": "constant",
    "reflect": "reflect",
    "replicate": "replicate",
    "circular": "circular",
}
_CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}

Sizes = int | Sequence[int]


def single_channel_influence(
    inputs: Tensor, conv: nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear
) -> Tensor:
    """Summit's influence of every input channel of a layer on every output channel.

    Args:
        inputs: what the layer receives: `[batch, in, *positions]` for a convolution, `[batch,
            *positions, in]` for a dense layer.
        conv: the layer; its stride, padding, padding mode, dilation and groups count.

    Returns:
        float32 (float64 for such inputs) `[batch, out, in / groups]`; the inputs of an output are
        those of its group.

    Raises:
        TypeError: the layer is of another type.
        ValueError: the inputs do not fit the layer.
    """
    if isinstance(conv, nn.Linear):
        if inputs.ndim < 2 or inputs.shape[-1] != conv.in_features:
            raise ValueError(
                f"inputs of shape {list(inputs.shape)}, expected [batch, …, {conv.in_features}]"
            )
        flat = inputs.reshape(len(inputs), -1, conv.in_features).transpose(1, 2)
        return single_channel_maxima(flat, conv.weight[:, :, None])
    if not isinstance(conv, (nn.Conv1d, nn.Conv2d, nn.Conv3d)) or conv.transposed:
        raise TypeError(
            f"a {type(conv).__name__} is no convolution (nn.Conv1d, 2d, 3d) and no nn.Linear"
        )
    _check(inputs, conv.weight, conv.groups)
    padded = F.pad(inputs, _padding(conv), MODES[conv.padding_mode])
    return single_channel_maxima(
        padded, conv.weight, stride=conv.stride, dilation=conv.dilation, groups=conv.groups
    )


def _padding(conv: nn.Conv1d | nn.Conv2d | nn.Conv3d) -> list[int]:
    """Return the argument of `F.pad`: elements before and after, last axis first."""
    if isinstance(conv.padding, str):
        same = conv.padding == "same"
        spans = zip(conv.dilation, conv.kernel_size, strict=True)
        totals = [d * (k - 1) if same else 0 for d, k in spans]
        pairs = [(total // 2, total - total // 2) for total in totals]
    else:
        pairs = [(size, size) for size in conv.padding]
    return list(itertools.chain(*reversed(pairs)))


@torch.no_grad()
def single_channel_maxima(
    inputs: Tensor,
    weight: Tensor,
    *,
    stride: Sizes = 1,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    outputs: Tensor | None = None,
) -> Tensor:
    """Maximum over positions of each input channel's own convolution, see the module.

    Args:
        inputs: `[batch, in, *positions]` with one, two or three position axes.
        weight: `[out, in / groups, *kernel]`.
        stride: a number, or one a position axis.
        padding: zeros at both ends, likewise.
        dilation: likewise.
        groups: of the convolution.
        outputs: int64 `[chosen]`, the output channels wanted; all by default.

    Returns:
        float32 (float64 for such inputs) `[batch, out or chosen, in / groups]`.

    Raises:
        ValueError: the inputs do not fit the weight.
    """
    _check(inputs, weight, groups)
    axes = inputs.ndim - 2
    dtype = torch.float64 if inputs.dtype == torch.float64 else torch.float32
    x, kernel = inputs.to(dtype), weight.to(dtype)
    pads = reversed(_each(padding, axes))
    x = F.pad(x, [size for pad in pads for size in (pad, pad)])
    if outputs is not None:
        if groups > 1:
            group = outputs.to(x.device) // (len(weight) // groups)
            x = torch.unflatten(x, 1, (groups, -1))[:, group].flatten(1, 2)
            groups = len(outputs)
        kernel = kernel[outputs]
    if not len(kernel) or not len(x):
        return x.new_zeros(len(x), *kernel.shape[:2])
    steps, spread = _each(stride, axes), _each(dilation, axes)
    if math.prod(kernel.shape[2:]) == 1:
        return _pointwise(x, kernel, steps, groups)
    kernel = torch.unflatten(kernel, 0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    extents = zip(x.shape[2:], kernel.shape[2:], steps, spread, strict=True)
    positions = math.prod((n - d * (k - 1) - 1) // step + 1 for n, k, step, d in extents)
    small = kernel[0, 0].numel() <= SMALL and kernel.shape[1] >= SEVERAL
    form = _by_channel if positions <= FEW else _by_input if small else _by_convolution
    found = torch.cat(
        [
            torch.cat([form(x[rows, c], kernel[c], steps, spread) for c in channels], 1)
            for rows, channels in _chunks(x, kernel)
        ]
    )
    return torch.unflatten(found, 1, (groups, -1)).transpose(2, 3).flatten(1, 2)


def _check(inputs: Tensor, weight: Tensor, groups: int) -> None:
    same = inputs.ndim == weight.ndim and 3 <= inputs.ndim <= 5
    if not same or inputs.shape[1] != weight.shape[1] * groups:
        raise ValueError(
            f"inputs of shape {list(inputs.shape)}, weight of shape {list(weight.shape)} in "
            f"{groups} groups: expected [batch, in, …] and [out, in / groups, …] with one to three "
            "position axes"
        )


def _each(sizes: Sizes, axes: int) -> tuple[int, ...]:
    given = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    return given * axes if len(given) == 1 else given


def _chunks(x: Tensor, kernel: Tensor) -> list[tuple[slice, list[slice]]]:
    """Split inputs and channels into chunks that are computed together."""
    most = CHUNK if x.device.type == "cpu" else DEVICE_CHUNK
    each = x[0, 0].numel() * max(kernel.shape[1], kernel[0, 0].numel())
    channels = min(max(most // each, 1), len(kernel))
    rows = max(most // (each * channels), 1)
    parts = [slice(start, start + channels) for start in range(0, len(kernel), channels)]
    return [(slice(start, start + rows), parts) for start in range(0, len(x), rows)]


def _pointwise(x: Tensor, kernel: Tensor, stride: Sequence[int], groups: int) -> Tensor:
    """Scale channels by a kernel of one element: the largest or smallest value decides."""
    seen = x[(slice(None), slice(None), *(slice(None, None, step) for step in stride))].flatten(2)
    factor = torch.unflatten(kernel.flatten(1), 0, (groups, -1))
    high, low = (
        torch.unflatten(bound, 1, (groups, 1, -1)) * factor
        for bound in (seen.amax(2), seen.amin(2))
    )
    return torch.maximum(high, low).flatten(1, 2)


def _windows(x: Tensor, kernel: Tensor, stride: Sequence[int], dilation: Sequence[int]) -> Tensor:
    """Return what the kernel sees at every position, `[batch, channels, *positions, *kernel]`."""
    for axis, (step, spread) in enumerate(zip(stride, dilation, strict=True)):
        span = spread * (kernel.shape[2 + axis] - 1) + 1
        x = x.unfold(2 + axis, span, step)[..., ::spread]
    return x


def _by_input(x: Tensor, kernel: Tensor, stride: Sequence[int], dilation: Sequence[int]) -> Tensor:
    """`[batch, channels, each]` from `[batch, channels, …]` and `[channels, each, …]`.

    A matrix product for each input and channel.
    """
    axes = x.ndim - 2
    windows = _windows(x, kernel, stride, dilation)
    order = (0, 1, *range(2 + axes, 2 + 2 * axes), *range(2, 2 + axes))
    columns = windows.permute(order).reshape(len(x) * len(kernel), kernel[0, 0].numel(), -1)
    maps = torch.bmm(kernel.flatten(2).repeat(len(x), 1, 1), columns)
    return maps.amax(2).view(len(x), *kernel.shape[:2])


def _by_convolution(
    x: Tensor, kernel: Tensor, stride: Sequence[int], dilation: Sequence[int]
) -> Tensor:
    """Compute the same without a copy of what large kernels see."""
    each, convolve = kernel.flatten(0, 1)[:, None], _CONVOLVE[x.ndim - 2]
    maps = convolve(x, each, stride=stride, dilation=dilation, groups=len(kernel))
    return torch.unflatten(maps.flatten(2).amax(2), 1, kernel.shape[:2])


def _by_channel(
    x: Tensor, kernel: Tensor, stride: Sequence[int], dilation: Sequence[int]
) -> Tensor:
    """Compute the same by one matrix product a channel, of all inputs."""
    axes = x.ndim - 2
    windows = _windows(x.transpose(0, 1), kernel, stride, dilation)
    rows = windows.reshape(*windows.shape[:2], -1, math.prod(windows.shape[2 + axes :]))
    maps = torch.bmm(rows.flatten(1, 2), kernel.flatten(2).transpose(1, 2))
    return torch.unflatten(maps, 1, rows.shape[1:3]).amax(2).transpose(0, 1)


def top_producers(influence: Tensor, k: int = 5) -> Tensor:
    """Return the producers of each consumer that count for one input, whatever their sign.

    Equal ones go to the lower index. NaN and −inf are never among them, nor is any producer of a
    consumer whose influences are all 0: the layer was silent.

    Args:
        influence: `[…, producers]`.
        k: how many count, where there are more.

    Returns:
        bool `[…, producers]`.
    """
    if not influence.shape[-1]:
        return torch.zeros_like(influence, dtype=torch.bool)
    ranked = influence.nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
    k = min(k, ranked.shape[-1])
    least = ranked.topk(k, -1).values[..., -1:]
    chosen = ranked >= least
    if bool((chosen.sum(-1) > k).any()):
        above, equal = ranked > least, ranked == least
        chosen = above | (equal & (equal.cumsum(-1) <= k - above.sum(-1, keepdim=True)))
    real = ranked > -torch.inf
    return chosen & real & (real & (ranked != 0)).any(-1, keepdim=True)
