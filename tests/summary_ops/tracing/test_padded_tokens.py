"""Padded tokens give nothing to influence."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from summary_ops.network.layouts.known import KnownLayouts
from summary_ops.tracing import Edges, Tracer
from tests.summary_ops import networks
from tests.summary_ops.tracing.tracers import tracer_of

LENGTHS = torch.tensor([3, 8, 1, 5, 2, 7])
MASK = torch.arange(8) < LENGTHS[:, None]
IMAGES = networks.digits()[0][:6]


class Words(nn.Module):
    """Rows of a digit as words; the axis of positions first or second."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.embed, self.middle, self.relu = nn.Linear(8, 7), nn.Linear(7, 9), nn.ReLU()
        self.first = first

    def forward(self, images: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        rows = images[:, 0]
        hidden = self.embed(rows.transpose(0, 1) if self.first else rows)
        out = self.relu(self.middle(hidden))
        return (out.transpose(0, 1) if self.first else out).sum(1) + (attention_mask is None)


def tracer(model: nn.Module) -> Tracer:
    axes = KnownLayouts(dict.fromkeys(["embed", "relu"], int(bool(model.first))))
    found = tracer_of(model, ["embed", "relu"], layouts=axes)
    found.trace(lambda: model(IMAGES[:2]))
    return found


def found(model: nn.Module, images: Tensor, **options: Any) -> Edges:
    measures = ("contribution", "maximum", "summit")
    traced = tracer(model)
    return traced.measure(lambda: model(images), measures, inputs=len(images), **options).compose()[
        "relu"
    ]


@pytest.mark.parametrize("first", [False, True])
def test_influence_is_that_of_the_inputs_without_their_padding(first: bool) -> None:
    model = Words(first=first)
    whole = found(model, IMAGES, mask=MASK)
    alone = [
        found(model, image[None, :, :length]) for image, length in zip(IMAGES, LENGTHS, strict=True)
    ]
    for measure in ("contribution", "maximum"):
        mean = torch.stack([getattr(edges, measure) for edges in alone]).mean(0)
        torch.testing.assert_close(getattr(whole, measure), mean, rtol=1e-5, atol=1e-7)
    assert torch.equal(whole.summit, torch.stack([edges.summit for edges in alone]).sum(0))


def test_a_mask_that_the_model_is_called_with_counts_as_well() -> None:
    model = Words(first=False)
    traced = tracer(model)
    by_keyword = traced.measure(lambda: model(IMAGES, attention_mask=MASK.long()), inputs=6)
    given = traced.measure(lambda: model(IMAGES), inputs=6, mask=MASK)
    expected = given.compose()["relu"].contribution
    assert torch.equal(by_keyword.compose()["relu"].contribution, expected)
    assert not torch.equal(expected, found(model, IMAGES).contribution)


def test_a_mask_of_other_positions_masks_nothing() -> None:
    model = Words(first=False)
    plain = found(model, IMAGES).contribution
    assert torch.equal(found(model, IMAGES, mask=MASK[:, :5]).contribution, plain)


def test_an_input_of_padding_alone_gives_nothing() -> None:
    model = Words(first=False)
    nothing = found(model, IMAGES, mask=torch.zeros_like(MASK))
    assert not nothing.contribution.any()
    assert not nothing.maximum.any()
