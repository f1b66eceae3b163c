"""Receptive fields are what autograd says: the inputs with a gradient."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summary_ops.tracing import ReceptiveField
from tests.summary_ops import networks
from tests.summary_ops.tracing import architectures as nets
from tests.summary_ops.tracing.tracers import tracer_of


class TwoPaths(nn.Module):
    """A wide path, a strided pair and a pooled one, put together."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(1, 2, 7, 2, 3)
        self.first, self.second = nn.Conv2d(1, 3, 3, 1, 1), nn.Conv2d(3, 2, 3, 2, 1)
        self.joined = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        deep = self.second(F.relu(self.first(images)))
        pooled = F.max_pool2d(images, 2)
        return self.joined(torch.cat((self.wide(images) + deep, pooled), 1))


class Cropped(nn.Module):
    """Pads, crops, flips axes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.out = nn.Conv2d(1, 2, (3, 2), (2, 1)), nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        padded = F.pad(images, (2, 1, 0, 3))[:, :, 1:, ::2]
        return self.out(self.conv(padded).transpose(2, 3))


EXACT = {
    "padding": (nn.Conv2d(1, 2, 3, padding=1), "0"),
    "stride": (nn.Conv2d(1, 2, 4, 3, padding=2), "0"),
    "dilation": (nn.Conv2d(1, 2, 3, dilation=3, padding=2), "0"),
    "max-pooling": (nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(3, 2, 1)), "1"),
    "average pooling": (nn.Sequential(nn.Conv2d(1, 2, 2), nn.AvgPool2d(2, ceil_mode=True)), "1"),
    "adaptive pooling": (nn.Sequential(nn.Conv2d(1, 2, 3, 1, 1), nn.AdaptiveAvgPool2d(11)), "1"),
    "a chain": (
        nn.Sequential(
            *(nn.Conv2d(1, 3, 5, 2, 2), nn.BatchNorm2d(3), nn.GELU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(3, 2, 3, padding=1, dilation=2), nn.GELU()),
        ),
        "5",
    ),
    "several paths": (TwoPaths(), "joined"),
    "a residual block": (networks.Residual(blocks=1), "layer2.0"),
    "an inception block": (nets.Inception(), "b"),
    "channels last": (networks.ConvNext(), "stages.1"),
    "pads and crops": (Cropped(), "out"),
}
GAPS = ("dilation", "a chain")
"""Dilated kernels leave out elements, among them the last before an edge."""

SIZE = 44


def field_of(model: nn.Module, layer: str, size: int = SIZE) -> ReceptiveField | None:
    tracer = tracer_of(model, [layer])
    tracer.trace(lambda: model(torch.rand(2, 1, size, size)))
    return tracer.fields()[layer]


def seen_by(model: nn.Module, layer: str, position: tuple[int, ...]) -> list[tuple[int, int]]:
    """First and last row and column that have a gradient; many draws, for what is switched off."""
    held: list[Tensor] = []
    hook = model.get_submodule(layer).register_forward_hook(lambda _m, _i, out: held.append(out))
    touched = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    for _ in range(12):
        images = torch.randn(4, 1, SIZE, SIZE, requires_grad=True)
        model.eval()(images)
        value = held.pop()[(slice(None), slice(None), *position)]
        weights = torch.randn_like(value)
        grad = torch.autograd.grad((value * weights).sum(), images)[0]
        touched |= (grad != 0).any(0).any(0)
    hook.remove()
    places = (touched.any(1).nonzero(), touched.any(0).nonzero())
    return [(int(place.min()), int(place.max())) for place in places]


@pytest.mark.parametrize("case", EXACT)
def test_fields_are_where_the_gradient_is(case: str) -> None:
    model, layer = EXACT[case]
    model = model if layer != "0" else nn.Sequential(model)
    field = field_of(model, layer)
    assert field is not None
    axes = [1, 0] if case == "pads and crops" else [0, 1]
    for position in {(0, 0), (field.shape[0] // 2, field.shape[1] // 3), (1, field.shape[1] - 1)}:
        seen = seen_by(model, layer, position)
        for axis, place in enumerate(position):
            start = field.start[axis] + place * field.stride[axis]
            first, last = start, start + field.extent[axis] - 1
            low, high = seen[axes[axis]]
            if case in GAPS and (first < 0 or last >= SIZE):
                assert max(first, 0) <= low <= high <= min(last, SIZE - 1)
            else:
                assert (low, high) == (max(first, 0), min(last, SIZE - 1)), (position, axis)
    assert field.input_shape == (SIZE, SIZE)


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.ConvTranspose2d(2, 2, 4, 2, 1)),
        nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.Upsample(scale_factor=2), nn.Conv2d(2, 1, 3)),
        nn.Sequential(
            nn.MaxPool2d(2), nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(1, 1, 1)
        ),
    ],
    ids=["transposed", "nearest", "bilinear"],
)
def test_a_longer_axis_has_a_field_that_holds_what_is_seen(model: nn.Sequential) -> None:
    last = str(len(model) - 1)
    field = field_of(model, last)
    assert field is not None
    for position in ((5, 5), (8, 3)):
        for axis, (low, high) in enumerate(seen_by(model, last, position)):
            start = field.start[axis] + position[axis] * field.stride[axis]
            assert start <= low
            assert high < start + field.extent[axis]
            assert field.extent[axis] <= 3 * (high - low + 1) + 6


@pytest.mark.parametrize(
    ("model", "layer"),
    [
        (networks.Vgg(), "classifier.1"),
        (networks.Encoder(), "encoder.layers.0"),
        (networks.Recurrent(nn.LSTM), "rnn"),
        (nets.Attention(weights=True), "attention"),
    ],
)
def test_what_sees_everything_has_no_field(model: nn.Module, layer: str) -> None:
    assert field_of(model, layer, 8) is None


def test_tokens_see_themselves_until_they_attend() -> None:
    model = networks.Encoder(batch_first=False)
    assert field_of(model, "embed", 8) == ReceptiveField((1,), (1,), (0,), (8,), (8,))
