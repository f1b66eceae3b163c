"""Each term of a sum that nothing rectifies counts by itself, exactly."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.summary_ops import networks
from tests.summary_ops.tracing.tracers import measured, outputs

IMAGES = networks.digits()[0][:24]
NAMES = ["stem", "one", "two", "head"]


class Stream(nn.Module):
    """Blocks that add to a sum, and a dense layer that reads it through something linear."""

    def __init__(self, read: nn.Module, width: int = 6) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, padding=1)
        self.one, self.two = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.sum, self.read = nn.Identity(), read
        self.head = nn.LazyLinear(4)
        self(IMAGES)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stem(images)
        x = x + self.one(F.relu(x))
        x = self.two(F.relu(x)) - 0.5 * x
        return self.head(self.read(self.sum(x)).flatten(1))


def norm(kind: type[nn.Module]) -> nn.Module:
    made = kind(6)
    for tensor in (made.weight, made.bias, made.running_mean):
        nn.init.normal_(tensor)
    nn.init.uniform_(made.running_var, 0.5, 2.0)
    return made


READS = {
    "flattened": nn.Identity(),
    "average over all positions": nn.AdaptiveAvgPool2d(1),
    "average pooling": nn.AvgPool2d(3, 2, 1),
    "max pooling": nn.MaxPool2d(2),
    "largest of all positions": nn.AdaptiveMaxPool2d(1),
    "batch norm": nn.Sequential(norm(nn.BatchNorm2d), nn.AvgPool2d(4)),
    "upsampling": nn.UpsamplingBilinear2d(scale_factor=2),
    "reflection": nn.ReflectionPad2d(1),
    "replication": nn.ReplicationPad2d(1),
    "unfolding": nn.Unfold(2),
    "shuffling": nn.Sequential(nn.ChannelShuffle(3), nn.PixelUnshuffle(2)),
    "dropout": nn.Dropout(),
}


def exact(model: Stream, names: Sequence[str]) -> Tensor:
    """Gradient × activation of the mean logits in what modules return, `[logits, units]`."""
    kept: list[Tensor] = []

    def split(_module: nn.Module, _args: object, out: Tensor) -> Tensor:
        kept.append(out.detach().requires_grad_())
        return kept[-1].clone()

    handles = [model.get_submodule(name).register_forward_hook(split) for name in names]
    logits = model.eval()(IMAGES).mean(0)
    for handle in handles:
        handle.remove()
    rows = []
    for logit in logits:
        grads = torch.autograd.grad(logit, kept, retain_graph=True, allow_unused=True)
        parts = [
            torch.zeros(len(a[0])) if g is None else (a * g).sum((0, 2, 3)).detach()
            for a, g in zip(kept, grads, strict=True)
        ]
        rows.append(torch.cat(parts))
    return torch.stack(rows).double()


@pytest.mark.parametrize("read", READS)
def test_every_term_gets_its_gradient_times_activation(read: str) -> None:
    model = Stream(READS[read])
    edges = measured(model, IMAGES, NAMES).compose()["head"]
    assert edges.producers == ("stem", "one", "two")
    assert edges.links == ("direct",) * 3
    explicit = exact(model, NAMES[:3])
    torch.testing.assert_close(edges.contribution, explicit, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(edges.maximum, explicit, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("read", ["flattened", "average over all positions"])
def test_summit_counts_of_a_term_are_those_of_the_sum(read: str) -> None:
    model = Stream(READS[read])
    terms = measured(model, IMAGES, NAMES, ["summit"]).compose()["head"].summit
    whole = measured(model, IMAGES, ["sum", "head"], ["summit"]).compose()["head"].summit
    assert torch.equal(terms, whole.repeat(1, 3))


def test_a_term_that_is_not_recorded_takes_nothing_from_the_others() -> None:
    model = Stream(nn.AdaptiveAvgPool2d(1))
    whole = measured(model, IMAGES, NAMES).compose()["head"]
    less = measured(model, IMAGES, ["one", "two", "head"]).compose()["head"]
    assert less.producers == ("one", "two")
    torch.testing.assert_close(less.contribution, whole.contribution[:, 6:])


def test_a_sum_of_a_layer_with_itself_in_another_order_is_one_of_its_units() -> None:
    """No unit of such a sum has one part a layer: it is shared out like another hidden unit."""

    class Turned(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.adaptive_avg_pool2d(x + x.flip(1), 1)

    model = Stream(Turned())
    with torch.no_grad():  # so that all of it is positive
        for module in (model.stem, model.one, model.two):
            module.weight.abs_()
            module.bias.abs_()
        model.two.weight.mul_(10)
    edges = measured(model, IMAGES, NAMES).compose()["head"]
    assert edges.producers == ("stem", "one", "two")
    explicit = exact(model, NAMES[:3])
    torch.testing.assert_close(edges.contribution, explicit, rtol=1e-4, atol=1e-6)


def test_a_sum_that_is_attended_to_as_it_is_adds_up() -> None:
    class Attended(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            rows = x.flatten(2).transpose(1, 2)[:, None]
            return F.scaled_dot_product_attention(rows, rows, rows).mean(2)

    model = Stream(Attended())
    edges = measured(model, IMAGES, NAMES, work=0).compose()["head"]
    assert edges.links == ("linearised",) * 3
    total = edges.contribution.sum(1) + model.head.bias.double().detach()
    logits = outputs(model, IMAGES, ["head"])["head"].double().mean(0)
    torch.testing.assert_close(total, logits, rtol=1e-4, atol=1e-6)


class Words(nn.Module):
    """A transformer's block of rows, norms first, its branches recorded."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.embed, self.attend = nn.Linear(8, width), nn.MultiheadAttention(width, 2)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        nn.init.normal_(self.norm2.bias)
        self.wide, self.relu, self.back = nn.Linear(width, 12), nn.ReLU(), nn.Linear(12, width)
        self.head = nn.Linear(width, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = self.embed(images[:, 0]).transpose(0, 1)
        y = self.norm1(x)
        x = x + self.attend(y, y, y)[0]
        x = x + self.back(self.relu(self.wide(self.norm2(x))))
        return self.head(x.mean(0))


WORDS = ["embed", "attend", "relu", "back", "head"]


def test_through_a_frozen_norm_every_term_is_scaled_alike() -> None:
    model = Words()
    edges = measured(model, IMAGES, WORDS, work=0).compose()["relu"]
    assert edges.producers == ("embed", "attend")
    assert edges.links == ("linearised", "linearised")
    with torch.no_grad():
        embed = model.embed(IMAGES[:, 0]).transpose(0, 1)
        normed = model.norm1(embed)
        terms = embed, model.attend(normed, normed, normed)[0]
        spread = sum(terms).var(2, unbiased=False, keepdim=True)
        scale = model.norm2.weight / (spread + model.norm2.eps).sqrt()
        on = (model.wide(model.norm2(sum(terms))) > 0).float()
        parts = [torch.einsum("tbo,tbi->oi", on, scale * term) for term in terms]
        explicit = torch.cat([part * model.wide.weight / (24 * 8) for part in parts], 1)
    torch.testing.assert_close(edges.contribution, explicit.double(), rtol=1e-4, atol=1e-6)


def test_terms_and_bias_add_up_to_the_logits() -> None:
    model = Words()
    edges = measured(model, IMAGES, WORDS).compose()["head"]
    assert dict(zip(edges.producers, edges.links, strict=True)) == {
        "embed": "direct",
        "attend": "direct",
        "back": "direct",
    }
    total = edges.contribution.sum(1) + model.head.bias.double().detach()
    logits = outputs(model, IMAGES, ["head"])["head"].double().mean(0)
    torch.testing.assert_close(total, logits, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("blocks", [7, 8, 20])
def test_a_sum_of_many_unrecorded_terms_is_followed(blocks: int) -> None:
    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.head = nn.Linear(64, 6), nn.Linear(6, 4)
            self.blocks = nn.ModuleList(nn.Linear(6, 6, bias=False) for _ in range(blocks))

        def forward(self, images: Tensor) -> Tensor:
            x = self.embed(images.flatten(1))
            for block in self.blocks:
                x = x + block(x)
            return self.head(x)

    model = Deep()
    with torch.no_grad():  # so that all of it is positive
        model.embed.bias.fill_(9)
        for block in model.blocks:
            block.weight.abs_().mul_(0.1)
    edges = measured(model, IMAGES, ["embed", "head"]).compose()["head"]
    total = edges.contribution.sum(1) + model.head.bias.double().detach()
    logits = outputs(model, IMAGES, ["head"])["head"].double().mean(0)
    torch.testing.assert_close(total, logits, rtol=1e-5, atol=1e-6)
