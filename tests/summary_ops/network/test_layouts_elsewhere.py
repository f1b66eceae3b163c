"""The sample that is measured, gradients and ablations use the layouts of the statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from summary_ops import Graph, ProbeSet, Recorder, Statistics, ablations
from summary_ops.network.establishing import explore
from summary_ops.network.hooks.gradients import LayerGradients
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules.layers import choose
from tests.summary_ops.network import layout_models as models
from tests.summary_ops.network.class_means import LABELS, TOKENS, ids


class Steps(nn.Module):
    """A dense layer a step; the axis of steps first or second."""

    def __init__(self, *, time_first: bool) -> None:
        super().__init__()
        self.first, self.act = nn.Linear(5, 6), nn.ReLU()
        self.head = nn.Linear(6, models.CLASSES)
        self.axis = 0 if time_first else 1

    def forward(self, steps: Tensor) -> Tensor:
        return self.head(self.act(self.first(steps)).mean(self.axis))


def measured(model: nn.Module, inputs: Tensor, **options: Any) -> dict[tuple[str, str], Any]:
    recorder = Recorder(
        model,
        layers=["first", "act", "head"],
        graph=Graph(inputs=8),
        verbose=False,
        strict=True,
        **options,
    )
    recorder.run([(inputs, LABELS[:12])], progress=False)
    return {(record.kind, layer): record for layer, record in recorder.pipeline.attribution.rows()}


def test_influence_and_importance_are_measured_on_time_first_inputs_too() -> None:
    steps = torch.randn(12, 7, 5)
    torch.manual_seed(0)
    usual = measured(Steps(time_first=False), steps)
    torch.manual_seed(0)
    turned = measured(
        Steps(time_first=True),
        steps.transpose(0, 1).contiguous(),
        statistics=Statistics(batch_axis=1),
    )
    assert turned.keys() == usual.keys()
    assert {"contributions", "importance"} <= {kind for kind, _ in usual}
    for key, record in usual.items():
        for name, value in vars(record).items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                np.testing.assert_allclose(
                    getattr(turned[key], name), value, rtol=1e-4, atol=1e-6, err_msg=f"{key} {name}"
                )


@pytest.mark.parametrize("strided", [False, True])
def test_gradients_of_windows_are_sorted_by_input(*, strided: bool) -> None:
    model, size = models.Windows(4, strided=strided).eval(), 4
    network = RecordedNetwork(model, choose(model, ["block.act"]))
    cpu = torch.device("cpu")
    explore(network, ids()[:size], size, cpu)
    found = LayerGradients(network).measure(
        lambda: model(ids()[:size]), lambda out: out[:, 0].sum(), size
    )["block.act"]
    assert found.activation.shape == (size, models.WIDTH, TOKENS)
    for place in range(size):
        alone = LayerGradients(network).measure(
            lambda place=place: model(ids()[place : place + 1]), lambda out: out[:, 0].sum(), 1
        )["block.act"]
        torch.testing.assert_close(found.activation[place], alone.activation[0])
        torch.testing.assert_close(found.gradient[place], alone.gradient[0])


def test_a_unit_of_tokens_as_many_as_inputs_is_ablated_in_all_of_them() -> None:
    model = models.Words(TOKENS).eval()
    recorder = Recorder(model, layers=["blocks.1"], graph=None, verbose=False, strict=True)
    batches = [(ids()[at : at + TOKENS], LABELS[at : at + TOKENS]) for at in range(0, 48, TOKENS)]
    found = ablations(
        recorder, batches, units={"blocks.1": [2]}, top=0, replacement="zero", progress=False
    )

    def cut(_module: nn.Module, _args: Any, output: Tensor) -> Tensor:
        changed = output.clone()
        changed[..., 2] = 0.0
        return changed

    with torch.no_grad():
        whole = model(ids())
        handle = model.blocks[1].register_forward_hook(cut)
        without = model(ids())
    handle.remove()
    assert found.layers == ("blocks.1",)
    fell = (whole - without).detach().gather(1, LABELS[:, None])[:, 0]
    mean = [float(fell[label == LABELS].mean()) for label in range(models.CLASSES)]
    np.testing.assert_allclose(found.measured, mean, rtol=1e-4, atol=1e-6)


def test_a_probe_set_with_as_many_instances_as_tokens_is_pooled_over_tokens(
    writer: Any,
) -> None:
    model = models.Words(TOKENS).eval()
    probe = ProbeSet(ids()[:TOKENS], LABELS[:TOKENS])
    recorder = Recorder(
        model, layers=["blocks.0"], graph=None, verbose=False, strict=True, probe=probe,
        statistics=Statistics(probe_dtype="float16"),
    )  # fmt: skip
    assert recorder.write_probe(writer, 0)
    found: list[Tensor] = []
    handle = model.blocks[0].register_forward_hook(lambda _m, _a, out: found.append(out))
    model(ids()[:TOKENS])
    handle.remove()
    result = recorder.pipeline.probe.run(torch.device("cpu"))
    torch.testing.assert_close(result.activations["blocks.0"], found[0].amax(1).detach())
