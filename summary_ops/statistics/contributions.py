"""Compute each producer's contribution to a consumer's pre-activation.

The pre-activation of unit j is a sum over producers i and a bias. Summed with weights g over inputs
and positions, the part of i is the gradient of that sum in the weights, times the weights:
Σ g · (w_ji ∗ x_i) = w_ji · ∂(Σ g · pre_j)/∂w_ji. So one weight gradient gives all parts, and no map
of a single pair is ever made.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def layer_contributions(
    inputs: Tensor, layer: nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear, gradient: Tensor
) -> Tensor:
    """Contributions of the input channels of a layer to its outputs.

    Args:
        inputs: what the layer receives, without padding modes other than zeros.
        layer: a convolution, transposed too, or a dense layer.
        gradient: weight of every output element, of the output's shape: for instance 1 / positions
            where the output is positive.

    Returns:
        `[out, in / groups]`, summed over inputs and positions; the sum over the inputs of an output
        and its bias is the weighted sum of the output.

    Raises:
        TypeError: the layer is of another type.
    """
    if isinstance(layer, nn.Linear):
        return dense_contributions(inputs, layer.weight.T, gradient).T
    if not isinstance(layer, nn.modules.conv._ConvNd):  # noqa: SLF001
        raise TypeError(f"a {type(layer).__name__} is no convolution and no nn.Linear")
    if isinstance(layer.padding, str):
        raise TypeError(f"padding {layer.padding!r}: give the sizes as numbers")
    return convolution_contributions(
        inputs,
        layer.weight,
        gradient,
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        transposed=layer.transposed,
        output_padding=layer.output_padding,
        groups=layer.groups,
    )


@torch.no_grad()
def convolution_contributions(
    inputs: Tensor,
    weight: Tensor,
    gradient: Tensor,
    *,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Tensor:
    """Contributions of input channels to output channels, see `layer_contributions`.

    Args:
        inputs: `[batch, in, *positions]`.
        weight: `[out, in / groups, *kernel]`; `[in, out / groups, *kernel]` if transposed.
        gradient: `[batch, out, *positions]`.
        stride: of the convolution, likewise the others.
        padding: zeros at both ends.
        dilation: distance of the kernel's elements.
        transposed: whether it is a transposed convolution.
        output_padding: of a transposed convolution.
        groups: of channels that are not mixed.

    Returns:
        `[out, in / groups]`.
    """
    if weight.shape[1] == 1 and not transposed:  # a single producer gives all there is
        way = stride, padding, dilation, transposed, output_padding, groups
        given = torch.ops.aten.convolution(exact(inputs), exact(weight), None, *way)
        found: Tensor = (given * exact(gradient)).movedim(1, 0).flatten(1).sum(1)[:, None]
        return found
    _, in_weight, _ = torch.ops.aten.convolution_backward(
        exact(gradient),
        exact(inputs),
        exact(weight),
        None,
        stride,
        padding,
        dilation,
        transposed,
        output_padding,
        groups,
        [False, True, False],
    )
    parts: Tensor = (in_weight * weight).flatten(2).sum(2)
    if not transposed:
        return parts
    each: Tensor = torch.unflatten(parts, 0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    return each


@torch.no_grad()
def dense_contributions(inputs: Tensor, weight: Tensor, gradient: Tensor) -> Tensor:
    """Contributions in a product `inputs @ weight`.

    Args:
        inputs: `[*batch, rows, in]` (more leading axes, where the weight has none, count as rows).
        weight: `[*batch, in, out]`.
        gradient: `[*batch, rows, out]`.

    Returns:
        `[in, out]`, summed over the batch.
    """
    left, right = exact(inputs), exact(gradient)
    if weight.ndim == 2:
        left, right = left.flatten(0, -2), right.flatten(0, -2)
    parts = left.transpose(-2, -1) @ right * weight
    return parts.flatten(0, -3).sum(0) if parts.ndim > 2 else parts


def exact(values: Tensor) -> Tensor:
    """Values in single precision at least."""
    return values.float() if values.dtype in {torch.float16, torch.bfloat16} else values
