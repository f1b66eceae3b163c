"""Which recorded layer feeds which, written down by hand for networks of many kinds."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from summary_ops.network.modules import layers
from tests.summary_ops import networks
from tests.summary_ops.tracing import architectures as nets
from tests.summary_ops.tracing.tracers import edges_of, tracer_of

IMAGES = networks.digits()[0][:8]
CASES = {
    "convolutions and dense layers": (
        networks.Vgg(),
        "auto",
        {
            ("features.2", "features.5", "direct"),
            ("features.5", "classifier.1", "direct"),
            ("classifier.1", "classifier.3", "direct"),
        },
    ),
    "outputs of convolutions, before their norm and a ReLU in place": (
        networks.Vgg(inplace=True),
        ["features.0", "features.4", "classifier.0", "classifier.3"],
        {
            ("features.0", "features.4", "direct"),
            ("features.4", "classifier.0", "direct"),
            ("classifier.0", "classifier.3", "direct"),
        },
    ),
    "every module of a sequence": (
        nn.Sequential(nn.Flatten(), nn.Linear(64, 5), nn.Dropout(), nn.ReLU(), nn.Linear(5, 3)),
        "*",
        {
            ("0", "1", "direct"),
            ("1", "2", "identity"),
            ("2", "3", "identity"),
            ("3", "4", "direct"),
        },
    ),
    "residual blocks as wholes": (
        networks.Residual(blocks=1),
        "auto",
        {
            ("relu", "layer1.0", "identity"),
            ("relu", "layer1.0", "composed"),
            ("layer1.0", "layer2.0", "identity"),
            ("layer1.0", "layer2.0", "composed"),
            ("layer2.0", "fc", "direct"),
        },
    ),
    "inside a residual block, whose ReLU is called twice": (
        networks.Residual(blocks=1),
        ["relu", "layer1.0.relu", "layer2", "fc"],
        {
            ("relu", "layer1.0.relu", "direct"),
            ("relu", "layer1.0.relu:1", "identity"),
            ("layer1.0.relu", "layer1.0.relu:1", "direct"),
            ("layer1.0.relu:1", "layer2", "identity"),
            ("layer1.0.relu:1", "layer2", "composed"),
            ("layer2", "fc", "direct"),
        },
    ),
    "a projection beside a residual branch": (
        nets.Shortcut(),
        ["relu", "conv2", "project", "last", "fc"],
        {
            ("relu", "relu:1", "direct"),
            ("relu:1", "conv2", "direct"),
            ("relu", "project", "direct"),
            ("conv2", "last", "identity"),
            ("project", "last", "identity"),
            ("last", "fc", "direct"),
        },
    ),
    "concatenated branches, the block recorded": (
        nets.Inception(),
        ["relu", "a", "b", "fc"],
        {
            ("relu", "a", "identity"),
            ("relu", "a", "composed"),
            ("a", "b", "identity"),
            ("a", "b", "composed"),
            ("b", "fc", "direct"),
        },
    ),
    "concatenated branches, looked into": (
        nets.Inception(),
        ["relu", "a.one", "a.reduce", "a.three", "b.one", "b.pool"],
        {
            ("relu", "a.one", "direct"),
            ("relu", "a.reduce", "direct"),
            ("a.reduce", "a.three", "direct"),
            *((producer, "b.one", "direct") for producer in ("a.one", "a.three", "relu")),
            *((producer, "b.pool", "identity") for producer in ("a.one", "a.three", "relu")),
        },
    ),
    "a depthwise convolution and a gate": (
        nets.SqueezeExcite(),
        ["act", "depthwise", "gate", "scaled", "project"],
        {
            ("act", "depthwise", "direct"),
            ("depthwise", "gate", "composed"),
            ("depthwise", "scaled", "identity"),
            ("gate", "scaled", "gated"),
            ("scaled", "project", "direct"),
        },
    ),
    "a gate that is not recorded": (
        nets.SqueezeExcite(),
        ["act", "scaled"],
        {("act", "scaled", "gated")},
    ),
    "layers used twice": (
        nets.Reused(),
        ["inside", "relu", "head"],
        {
            ("inside", "relu", "direct"),
            ("relu", "relu:1", "direct"),
            ("relu:1", "head", "direct"),
        },
    ),
    "attention": (
        nets.Attention(weights=False),
        ["embed", "attention", "head"],
        {("embed", "attention", "linearised"), ("attention", "head", "direct")},
    ),
    "attention whose weights are asked for": (
        nets.Attention(weights=True),
        ["embed", "attention", "head"],
        {("embed", "attention", "linearised"), ("attention", "head", "direct")},
    ),
    "transformer blocks": (
        networks.Encoder(),
        ["embed", "encoder.layers.0", "encoder.layers.1", "head"],
        {
            ("embed", "encoder.layers.0", "linearised"),
            ("encoder.layers.0", "encoder.layers.1", "linearised"),
            ("encoder.layers.1", "head", "direct"),
        },
    ),
    "inside a transformer block, positions first": (
        networks.Encoder(batch_first=False),
        ["embed", "encoder.layers.0.linear1", "encoder.layers.0"],
        {
            ("embed", "encoder.layers.0.linear1", "linearised"),
            ("embed", "encoder.layers.0", "linearised"),
            ("encoder.layers.0.linear1", "encoder.layers.0", "linearised"),
        },
    ),
    "channels last": (
        networks.ConvNext(),
        "auto",
        {
            ("stem", "stages.0", "identity"),
            ("stem", "stages.0", "linearised"),
            ("stages.0", "stages.1", "identity"),
            ("stages.0", "stages.1", "linearised"),
            ("stages.1", "head", "direct"),
        },
    ),
    "chunks, groups and a shuffle": (
        nets.Chunks(),
        ["relu", "joined", "left", "right", "grouped", "shuffle", "fc"],
        {
            ("relu", "left", "direct"),
            ("relu", "right", "direct"),
            ("left", "joined", "identity"),
            ("right", "joined", "identity"),
            ("joined", "grouped", "direct"),
            ("grouped", "shuffle", "identity"),
            ("shuffle", "fc", "direct"),
        },
    ),
    "functional calls": (
        networks.FunctionalCnn(),
        "auto",
        {("conv1", "conv2", "direct"), ("conv2", "fc1", "direct"), ("fc1", "fc2", "direct")},
    ),
    "one part of a tuple": (
        nets.Parts(),
        ["embed", "inner[1]", "head"],
        {("embed", "inner[1]", "composed"), ("inner[1]", "head", "direct")},
    ),
    "a gated linear unit and a swish by hand": (
        nets.Glu(),
        ["embed", "swish", "glu", "head"],
        {
            ("embed", "swish", "identity"),
            ("swish", "glu", "gated"),
            ("glu", "head", "direct"),
        },
    ),
    "an LSTM": (
        nets.Recurring(),
        ["embed", "lstm", "head"],
        {("embed", "lstm", "unmeasured"), ("lstm", "head", "direct")},
    ),
    "an LSTM that is not recorded": (
        nets.Recurring(),
        ["embed", "head"],
        {("embed", "head", "unmeasured")},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_links_are_those_of_the_network(case: str) -> None:
    model, chosen, expected = CASES[case]
    assert edges_of(model, IMAGES, chosen) == expected


def test_what_is_not_looked_into_is_said() -> None:
    model = nets.Recurring()
    tracer = tracer_of(model, ["embed", "head"])
    tracer.trace(lambda: model(IMAGES[:2]))
    assert tracer.topology().notes == ("embed feeds head through lstm, which is not measured",)


def test_links_name_what_lies_between() -> None:
    model = networks.Residual(blocks=1)
    tracer = tracer_of(model)
    tracer.trace(lambda: model(IMAGES[:2]))
    between = {(link.consumer, link.kind): link.via for link in tracer.topology().links}
    assert between["layer1.0", "composed"] == ("layer1.0.conv1", "layer1.0.conv2")
    assert between["layer1.0", "identity"] == ()
    assert between["fc", "direct"] == ("fc",)


def test_a_branch_that_depends_on_the_data_shows_both_its_ways() -> None:
    model, chosen = nets.Dynamic(), ["relu", "dark", "bright", "head"]
    tracer = tracer_of(model, chosen)
    seen = []
    for images in (torch.zeros(2, 1, 8, 8), torch.ones(2, 1, 8, 8)):
        tracer.trace(lambda images=images: model(images))
        links = tracer.topology().links
        seen.append({(link.producer, link.consumer) for link in links})
    assert seen[0] == {("relu", "dark"), ("dark", "head")}
    assert seen[1] == seen[0] | {("relu", "bright"), ("bright", "head")}


def test_layers_are_told_in_the_order_of_execution_with_their_units() -> None:
    model = nets.Shortcut()
    tracer = tracer_of(model, ["fc", "conv2", "relu"])
    tracer.trace(lambda: model(IMAGES[:2]))
    assert list(tracer.layers.items()) == [("relu", 4), ("relu:1", 6), ("conv2", 6), ("fc", 10)]


@pytest.mark.parametrize(
    "model",
    [
        networks.Vgg(),
        networks.Residual(),
        nets.Shortcut(inplace=False),
        nets.Inception(),
        nets.SqueezeExcite(),
        networks.ConvNext(),
        networks.FunctionalCnn(),
    ],
    ids=lambda model: type(model).__name__,
)
def test_weighted_layers_are_wired_as_in_the_exported_graph(model: nn.Module) -> None:
    kinds = (nn.Conv2d, nn.Linear)
    names = [name for name, module in model.named_modules() if isinstance(module, kinds)]
    found = {link[:2] for link in edges_of(model, IMAGES, names)}
    assert found == _exported(model, names)


def _exported(model: nn.Module, names: list[str]) -> set[tuple[str, str]]:
    """Which module's output reaches which module's input in `torch.export`'s graph."""
    graph = torch.export.export(model.eval(), (IMAGES[:2],)).graph
    owners: dict[torch.fx.Node, str] = {}
    feeding: dict[torch.fx.Node, set[str]] = {}
    edges = set()
    for node in graph.nodes:
        before = set().union(*(feeding[arg] for arg in node.all_input_nodes))
        stack = list(node.meta.get("nn_module_stack", {}).values())
        owner = stack[-1][0].removeprefix("L['self'].") if stack else ""
        weighted = any(part in str(node.target) for part in ("conv2d", "linear"))
        if weighted and owner in names:
            edges |= {(producer, owner) for producer in before}
            before = {owner}
            owners[node] = owner
        feeding[node] = before
    assert sorted(owners.values()) == sorted(names)
    return edges


def test_choosing_layers_of_every_kind_leaves_no_layer_out() -> None:
    model = networks.Residual()
    tracer = tracer_of(model, "*")
    tracer.trace(lambda: model(IMAGES[:2]))
    assert {name.partition(":")[0] for name in tracer.layers} == set(layers.choose(model, "*"))
