"""Influence through layers, norms and attention is measured by ablation, or said not to be."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from tests.summary_ops import networks
from tests.summary_ops.tracing import architectures as nets
from tests.summary_ops.tracing.tracers import edges_of, measured, outputs, tracer_of

IMAGES = networks.digits()[0][:24]
BLOCK = ["embed", "block", "head"]
MODELS = {
    "residual blocks": (networks.Residual(), "auto"),
    "branches side by side": (nets.Inception(), ["relu", "a", "b", "fc"]),
    "a gate": (nets.SqueezeExcite(), ["act", "depthwise", "scaled", "project"]),
    "blocks of patches": (networks.ConvNext(), "auto"),
    "norms after the blocks": (networks.Encoder(), "auto"),
    "attention": (nets.Attention(weights=False), ["embed", "attention", "head"]),
    "attention whose weights are asked for": (nets.Attention(weights=True), "auto"),
    "chunks and groups": (nets.Chunks(), ["relu", "joined", "shuffle", "fc"]),
    "a gated linear unit": (nets.Glu(), ["embed", "swish", "glu", "head"]),
    "masked attention": (nets.Masked("infinite"), BLOCK),
    "masked attention by hand": (nets.Masked("boolean", fused=False), BLOCK),
    "experts": (nets.Experts(), BLOCK),
    "mixing over time": (nets.TimeMixing(), BLOCK),
    "an LSTM beside a shortcut": (nets.Beside(), BLOCK),
    "an LSTM": (nets.Recurring(), ["embed", "lstm", "head"]),
}


@pytest.mark.parametrize(
    "name", ["masked attention", "masked attention by hand", "experts", "mixing over time"]
)
def test_a_shortcut_into_a_block_is_told_from_the_rest(name: str) -> None:
    model, chosen = MODELS[name]
    edges = measured(model, IMAGES, chosen).compose()["block"]
    assert edges.producers == ("embed", "embed")
    assert edges.links == ("identity", "linearised")
    shortcut, _ = edges.contribution.split(list(edges.units), 1)
    seen = outputs(model, IMAGES, ["embed"])["embed"].double()
    torch.testing.assert_close(shortcut, torch.diag(seen.mean((0, 1))), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("mask", ["boolean", "infinite", "lowest"])
@pytest.mark.parametrize("work", [0, math.inf])
def test_fused_attention_with_a_mask_is_followed_like_that_by_hand(mask: str, work: float) -> None:
    found = []
    fused = nets.Masked(mask)
    for model in (fused, nets.Masked(mask, fused=False)):
        model.load_state_dict(fused.state_dict())
        edges = measured(model, IMAGES, BLOCK, work=work).compose()["block"]
        assert edges.links == ("identity", "linearised")
        found.append(edges.contribution)
    torch.testing.assert_close(*found, rtol=1e-3, atol=1e-6)


def test_what_is_not_looked_into_is_said_beside_what_is_measured() -> None:
    assert edges_of(nets.Beside(), IMAGES, BLOCK) == {
        ("embed", "block", "identity"),
        ("embed", "block", "unmeasured"),
        ("block", "head", "direct"),
    }


@pytest.mark.parametrize("model", [nets.Experts(), nets.TimeMixing()], ids=["experts", "mixing"])
def test_what_would_be_too_much_work_is_said_not_to_be_measured(model: nn.Module) -> None:
    tracer = tracer_of(model, BLOCK, work=0)
    tracer.trace(lambda: model(IMAGES[:2]))
    links = {(link.producer, link.consumer, link.kind) for link in tracer.topology().links}
    assert ("embed", "block", "unmeasured") in links
    assert [note for note in tracer.topology().notes if note.startswith("embed feeds block")]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("work", [0, math.inf])
def test_a_module_changes_what_is_recorded_or_a_way_is_not_measured(name: str, work: float) -> None:
    """Whatever changes a layer alone, with all that feeds it as it was."""
    model, chosen = MODELS[name]

    def seen() -> tuple[dict[str, Tensor], dict[str, Tensor], set[str], dict[str, set[str]]]:
        tracer = tracer_of(model, chosen, work=work)
        found = tracer.measure(lambda: model(IMAGES), ["contribution"], inputs=24).compose()
        links = tracer.topology().links
        feeding = {link.consumer: set[str]() for link in links}
        for link in links:
            feeding[link.consumer].add(link.producer)
        layers = [name for name in tracer.layers if ":" not in name]
        return (
            {name: edges.contribution for name, edges in found.items()},
            outputs(model, IMAGES, layers),
            {link.consumer for link in links if link.kind == "unmeasured"},
            feeding,
        )

    tables, values, unmeasured, feeding = seen()
    looked_at = 0
    for module in model.modules():
        weight = getattr(module, "weight", getattr(module, "weight_ih_l0", None))
        if not isinstance(weight, nn.Parameter) or next(module.children(), None) is not None:
            continue
        before = weight.detach().clone()
        with torch.no_grad():
            weight.zero_()
        without, now, _, _ = seen()
        with torch.no_grad():
            weight.copy_(before)
        for layer, value in values.items():
            fixed = all(torch.equal(values[one], now[one]) for one in feeding.get(layer, ()))
            if not feeding.get(layer) or not fixed or torch.allclose(value, now[layer]):
                continue
            looked_at += 1
            assert layer in unmeasured or not _alike(tables.get(layer), without.get(layer))
    assert looked_at


def _alike(one: Tensor | None, other: Tensor | None) -> bool:
    return (
        one is not None
        and other is not None
        and one.shape == other.shape
        and torch.allclose(one, other)
    )
