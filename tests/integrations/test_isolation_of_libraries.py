"""Recording changes nothing of models that other libraries made, nor of their training."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from summary_ops import Graph, ProbeSet, Recorder
from tools.compatibility import libraries
from tools.compatibility.trying import Case, attempt

STEPS = 3


@pytest.mark.parametrize(("library", "name"), libraries.SETUPS)
def test_a_library_is_recorded_rightly_and_left_as_it_was(library: str, name: str) -> None:
    if libraries.version_of(library) is None:
        pytest.skip(f"{library} is not installed")
    found = attempt(libraries.SETUPS[library, name])
    assert found.unchanged
    assert found.right is not False
    assert found.parts["distributions"]


def _trained(case: Case, *, recorded: bool) -> tuple[dict[str, Tensor], Tensor]:
    """Weights after a few steps of training, and the random numbers that come next."""
    torch.manual_seed(1)
    model = copy.deepcopy(case.model).train()
    batches = [(inputs, labels) for inputs, labels in case.batches]
    wanted = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(wanted, 1e-3)
    for step in range(STEPS):
        if recorded:
            probe = ProbeSet(batches[0][0][:4])
            with Recorder(model, graph=Graph(), probe=probe, verbose=False) as recorder:
                recorder.run(batches, progress=False)
        inputs, labels = batches[step % len(batches)]
        output = model(inputs)
        logits = getattr(output, "logits", output)
        optimizer.zero_grad()
        nn.functional.cross_entropy(logits, labels).backward()
        optimizer.step()
    return {name: value.detach().clone() for name, value in model.state_dict().items()}, torch.rand(
        4
    )


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("loralib", "LoRA that merges in `eval()`"),
        ("timm", "ViT"),
        ("torchvision", "ResNet-18"),
    ],
)
def test_a_library_trains_alike_with_and_without(library: str, name: str) -> None:
    if libraries.version_of(library) is None:
        pytest.skip(f"{library} is not installed")
    torch.manual_seed(0)
    case = libraries.SETUPS[library, name]()
    weights, numbers = _trained(case, recorded=False)
    again, after = _trained(case, recorded=True)
    assert weights.keys() == again.keys()
    assert [key for key, value in weights.items() if not torch.equal(value, again[key])] == []
    assert torch.equal(numbers, after)
