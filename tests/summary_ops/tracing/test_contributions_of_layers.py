"""Contributions add up to the pre-activation, and are those of explicit maps and of autograd."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summary_ops.tracing import Edges
from tests.summary_ops import networks
from tests.summary_ops.tracing import architectures as nets
from tests.summary_ops.tracing.tracers import measured, outputs

IMAGES = networks.digits()[0][:24]


class Pair(nn.Module):
    """A recorded producer, whatever comes after it, and a recorded rectified consumer."""

    def __init__(self, before: nn.Module, after: nn.Module, view: Callable[[Tensor], Tensor]):
        super().__init__()
        self.before, self.relu, self.after, self.last = before, nn.ReLU(), after, nn.ReLU()
        self.view = view

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.after(self.relu(self.before(self.view(images)))))


def identity(images: Tensor) -> Tensor:
    return images


CONVOLUTION = nn.Conv2d(1, 6, 3)
CASES = {
    "dense": nn.Conv2d(6, 5, 3, padding=1),
    "without bias": nn.Conv2d(6, 5, 3, bias=False),
    "strided": nn.Conv2d(6, 5, 3, stride=2, padding=1),
    "strided past the edge": nn.Conv2d(6, 5, 2, stride=3),
    "one by one": nn.Conv2d(6, 5, 1),
    "grouped": nn.Conv2d(6, 4, 3, groups=2),
    "depthwise": nn.Conv2d(6, 6, 3, padding=1, groups=6),
    "depthwise with a multiplier": nn.Conv2d(6, 12, 3, groups=6),
    "dilated": nn.Conv2d(6, 5, 3, dilation=2, padding=2),
    "uneven": nn.Conv2d(6, 5, (3, 1), stride=(1, 2), padding=(0, 1)),
    "reflecting its edges": nn.Conv2d(6, 5, 3, padding=1, padding_mode="reflect"),
    "transposed": nn.ConvTranspose2d(6, 5, 3, stride=2, padding=1, output_padding=1),
    "transposed and grouped": nn.ConvTranspose2d(6, 4, 2, groups=2),
    "after max-pooling": nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(6, 5, 2)),
    "after average pooling": nn.Sequential(nn.AvgPool2d(3, 2, 1), nn.Conv2d(6, 5, 2)),
    "after upsampling": nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(6, 5, 2)),
    "after a shuffle": nn.Sequential(nn.ChannelShuffle(3), nn.Conv2d(6, 4, 2, groups=2)),
    "linear after flatten": nn.Sequential(nn.Flatten(), nn.Linear(216, 7)),
    "linear after global pooling": nn.Sequential(
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 7)
    ),
    "before batch normalization": nn.Sequential(nn.Conv2d(6, 5, 3), nn.BatchNorm2d(5)),
    "linear before batch normalization": nn.Sequential(
        nn.Flatten(), nn.Linear(216, 7, bias=False), nn.BatchNorm1d(7)
    ),
    "channels last": nn.Sequential(nn.Conv2d(6, 5, 3).to(memory_format=torch.channels_last)),
}


def pair(name: str) -> Pair:
    after = CASES[name]
    for module in after.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.normal_(module.running_mean)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return Pair(CONVOLUTION, after, identity)


def positions(values: Tensor) -> Tensor:
    """`[batch, units, positions]`."""
    return values.double().reshape(*values.shape[:2], -1)


def one_edge(model: nn.Module, images: Tensor, chosen: list[str]) -> Edges:
    composed = measured(model, images, chosen).compose()
    (edges,) = composed.values()
    return edges


def without_input(model: Pair, images: Tensor) -> Tensor:
    """What the consumer's pre-activation is where the producers give nothing: its biases."""
    at = outputs(model, images, ["relu"])["relu"]
    with torch.no_grad():
        return model.after(torch.zeros_like(at))


@pytest.mark.parametrize("name", CASES)
def test_contributions_and_bias_add_up_to_the_rectified_pre_activation(name: str) -> None:
    model = pair(name)
    edges = one_edge(model, IMAGES, ["relu", "last"])
    pre = positions(outputs(model, IMAGES, ["after"])["after"])
    bias = positions(without_input(model, IMAGES)) * (pre > 0)
    found = edges.contribution.sum(1) + bias.mean((0, 2))
    torch.testing.assert_close(found, F.relu(pre).mean((0, 2)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_contributions_at_the_maximum_and_bias_add_up_to_the_maximum(name: str) -> None:
    model = pair(name)
    edges = one_edge(model, IMAGES, ["relu", "last"])
    highest, place = positions(outputs(model, IMAGES, ["after"])["after"]).max(2)
    bias = positions(without_input(model, IMAGES)).gather(2, place[..., None])[..., 0]
    found = edges.maximum.sum(1) + bias.mean(0)
    torch.testing.assert_close(found, highest.mean(0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_contributions_are_those_of_each_producer_alone(name: str) -> None:
    """The explicit way: put one producer through at a time."""
    model = pair(name)
    edges = one_edge(model, IMAGES, ["relu", "last"])
    seen = outputs(model, IMAGES, ["relu", "after"])
    pre, nothing = positions(seen["after"]), positions(without_input(model, IMAGES))
    for unit in range(6):
        alone = torch.zeros_like(seen["relu"])
        alone[:, unit] = seen["relu"][:, unit]
        with torch.no_grad():
            part = (positions(model.after(alone)) - nothing) * (pre > 0)
        torch.testing.assert_close(
            edges.contribution[:, unit], part.mean((0, 2)), rtol=1e-4, atol=1e-6
        )


class Shifted(nn.Module):
    """Adds a constant of its own to each unit."""

    def __init__(self) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.randn(6, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return 2 * (x + self.by)


def batch_norm() -> nn.Module:
    norm = nn.BatchNorm2d(6)
    for tensor in (norm.weight, norm.bias, norm.running_mean):
        nn.init.normal_(tensor)
    nn.init.uniform_(norm.running_var, 0.5, 2.0)
    return norm


SHIFTS = {
    "a batch norm": batch_norm(),
    "a batch norm and pooling": nn.Sequential(batch_norm(), nn.AvgPool2d(2)),
    "pooling and a batch norm": nn.Sequential(nn.MaxPool2d(2), batch_norm()),
    "a parameter that is added": Shifted(),
    "padding that is not zero": nn.ConstantPad2d(1, 3.0),
}


@pytest.mark.parametrize("name", SHIFTS)
def test_what_shifts_a_producer_is_not_its_contribution(name: str) -> None:
    """Those of single producers are what they add to none; one that is always 0 adds nothing."""
    model = Pair(CONVOLUTION, nn.Sequential(SHIFTS[name], nn.Conv2d(6, 5, 2)), identity)
    first = nn.Conv2d(1, 6, 3)
    first.load_state_dict(CONVOLUTION.state_dict())
    with torch.no_grad():
        first.bias[2] = -100.0
    model.before = first
    edges = one_edge(model, IMAGES, ["relu", "last"])
    seen = outputs(model, IMAGES, ["relu", "after"])
    on = positions(seen["after"]) > 0
    assert not seen["relu"][:, 2].any()
    assert not edges.contribution[:, 2].any()
    assert not edges.maximum[:, 2].any()
    for unit in range(6):
        without = seen["relu"].clone()
        without[:, unit] = 0
        with torch.no_grad():
            effect = (positions(seen["after"]) - positions(model.after(without))) * on
        torch.testing.assert_close(
            edges.contribution[:, unit], effect.mean((0, 2)), rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize("norm", [nn.LayerNorm(5), nn.GroupNorm(1, 5), nn.RMSNorm(5)])
def test_a_unit_that_is_always_0_contributes_nothing_through_a_norm(norm: nn.Module) -> None:
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 5), nn.ReLU(), norm, nn.Linear(5, 4), nn.ReLU()
    )
    with torch.no_grad():
        model[1].bias[2] = -100.0
    edges = one_edge(model, IMAGES, ["2", "5"])
    assert not edges.contribution[:, 2].any()
    assert edges.contribution.any()


def test_constants_beside_a_producer_s_positions_are_nobody_s() -> None:
    """A class token stands before the tokens, and is read with them."""

    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.read, self.last = nn.Linear(8, 6), nn.Linear(6, 5), nn.ReLU()
            self.token = nn.Parameter(torch.randn(1, 1, 6))

        def forward(self, images: Tensor) -> Tensor:
            x = torch.cat((self.token.expand(len(images), -1, -1), self.embed(images[:, 0])), 1)
            return self.last(self.read(x))

    model = Tokens()
    edges = one_edge(model, IMAGES, ["embed", "last"])
    assert edges.links == ("direct",)
    seen = outputs(model, IMAGES, ["embed", "last"])
    on = (seen["last"][:, 1:] > 0).double()
    explicit = torch.einsum("btj,bti->ji", on, seen["embed"].double()) * model.read.weight
    torch.testing.assert_close(edges.contribution, explicit.detach() / (24 * 9))


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_padding_before_a_convolution_is_as_padding_by_it(groups: int) -> None:
    torch.manual_seed(3)
    padded = nn.Conv2d(6, 6, 3, padding=1, groups=groups)
    plain = nn.Conv2d(6, 6, 3, groups=groups)
    plain.load_state_dict(padded.state_dict())
    first, found = nn.Conv2d(1, 6, 3), []
    for *before, conv in ([nn.ZeroPad2d(1), plain], [nn.Identity(), padded]):
        model = nn.Sequential(first, nn.ReLU(), *before, conv, nn.ReLU())
        found.append(measured(model, IMAGES, ["1", "4"]).compose()["4"])
    assert found[0].links == found[1].links == ("direct",)
    for measure in ("contribution", "maximum", "summit"):
        torch.testing.assert_close(getattr(found[0], measure), getattr(found[1], measure))


@pytest.mark.parametrize("axes", [1, 3])
def test_contributions_add_up_in_other_dimensions(axes: int) -> None:
    kinds = {1: nn.Conv1d, 3: nn.Conv3d}
    shape = {1: (1, 64), 3: (1, 4, 4, 4)}[axes]
    model = Pair(
        kinds[axes](1, 3, 2), kinds[axes](3, 4, 2, stride=2), lambda x: x.reshape(-1, *shape)
    )
    edges = one_edge(model, IMAGES, ["relu", "last"])
    pre = outputs(model, IMAGES, ["after"])["after"].double()
    bias = model.after.bias.double() * (pre > 0).double().flatten(2).mean(2).mean(0)
    expected = F.relu(pre).flatten(2).mean(2).mean(0)
    torch.testing.assert_close(edges.contribution.sum(1) + bias, expected, rtol=1e-5, atol=1e-6)


def test_of_logits_every_part_counts() -> None:
    model = networks.Vgg()
    edges = measured(model, IMAGES, ["classifier.1", "classifier.3"]).compose()["classifier.3"]
    seen = outputs(model, IMAGES, ["classifier.1", "classifier.3"])
    explicit = seen["classifier.1"].double().mean(0) * model.classifier[3].weight.double()
    torch.testing.assert_close(edges.contribution, explicit.detach(), rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(edges.maximum, edges.contribution)
    found = edges.contribution.sum(1) + model.classifier[3].bias.double().detach()
    logits = seen["classifier.3"].double().mean(0)
    torch.testing.assert_close(found, logits, rtol=1e-5, atol=1e-6)


def test_a_sum_s_terms_add_up_a_shortcut_among_them() -> None:
    model = networks.Residual(blocks=1)
    edges = measured(model, IMAGES, ["relu", "layer1.0.conv2", "layer1.0"]).compose()
    seen = outputs(model, IMAGES, ["relu", "layer1.0.conv2"])
    found = edges["layer1.0"]
    assert found.producers == ("relu", "layer1.0.conv2")
    assert found.links == ("identity", "identity")
    total = F.relu(seen["relu"] + seen["layer1.0.conv2"]).double().mean((0, 2, 3))
    torch.testing.assert_close(found.contribution.sum(1), total, rtol=1e-5, atol=1e-7)
    on = (seen["relu"] + seen["layer1.0.conv2"] > 0) * seen["relu"]
    shortcut = torch.diag(on.double().mean((0, 2, 3)))
    torch.testing.assert_close(found.contribution[:, :6], shortcut, rtol=1e-5, atol=1e-7)


def test_the_part_of_hidden_biases_is_what_is_missing() -> None:
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)
    )
    edges = measured(model, IMAGES, ["2", "5"], work=0).compose()["5"]
    seen = outputs(model, IMAGES, ["2", "3", "4", "5"])
    active = (seen["3"] > 0).double()
    total = seen["4"].double().mean(0)
    part = torch.where(total > 0, model[3].bias.double() * active.mean(0) / total, 0.0)
    missing = (model[5].weight.double() * seen["4"].double().mean(0) * part).sum(1)
    found = edges.contribution.sum(1) + missing + model[5].bias.double()
    torch.testing.assert_close(found, seen["5"].double().mean(0).detach(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rectified", [False, True])
def test_where_the_network_is_linear_composed_is_gradient_times_activation(rectified: bool) -> None:
    """All hidden units are positive for all inputs, rectified or not."""
    middle = [nn.ReLU()] if rectified else []
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(64, 6), nn.ReLU(), nn.Linear(6, 5), *middle, nn.Linear(5, 3)
    )
    with torch.no_grad():
        model[3].weight.abs_()
        model[3].bias.abs_()
    last = str(len(model) - 1)
    edges = measured(model, IMAGES, ["2", last]).compose()[last]
    at = outputs(model, IMAGES, ["2"])["2"].requires_grad_()
    logits = model[3:](at).mean(0)
    exact = torch.stack(
        [
            (torch.autograd.grad(logit, at, retain_graph=True)[0] * at).sum(0).detach()
            for logit in logits
        ]
    )
    assert edges.links == ("composed",)
    torch.testing.assert_close(edges.contribution, exact.double(), rtol=1e-4, atol=1e-6)


def test_gates_get_gradient_times_their_own_activation() -> None:
    model = nets.SqueezeExcite()
    edges = measured(model, IMAGES, ["depthwise", "gate", "scaled"]).compose()["scaled"]
    seen = outputs(model, IMAGES, ["gate", "scaled"])
    on = (seen["scaled"].double()).mean((0, 2, 3))
    found = dict(zip(edges.producers, edges.contribution.split(list(edges.units), 1), strict=True))
    torch.testing.assert_close(found["gate"], torch.diag(on), rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(found["depthwise"], torch.diag(on), rtol=1e-5, atol=1e-7)


def test_frozen_statistics_leave_a_token_layer_s_terms_complete() -> None:
    model = networks.Encoder()
    chosen = ["encoder.layers.0.linear1", "encoder.layers.0"]
    edges = measured(model, IMAGES, chosen, work=0).compose()
    block = model.encoder.layers[0]
    seen = outputs(model, IMAGES, ["embed", "encoder.layers.0.linear1", "encoder.layers.0"])
    found = edges["encoder.layers.0"]
    assert found.links == ("linearised",)
    hidden = F.relu(seen["encoder.layers.0.linear1"])
    with torch.no_grad():
        tokens = seen["embed"]
        attended = tokens + block.self_attn(tokens, tokens, tokens, need_weights=False)[0]
        before = block.norm1(attended) + block.linear2(hidden)
        scale = block.norm2.weight / (before.var(2, unbiased=False, keepdim=True) + 1e-5).sqrt()
        explicit = torch.einsum("bts,btj,js->js", scale, hidden, block.linear2.weight.T).T
    torch.testing.assert_close(
        found.contribution, explicit.double() / (24 * 8), rtol=1e-3, atol=1e-5
    )
