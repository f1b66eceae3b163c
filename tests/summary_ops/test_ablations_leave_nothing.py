"""Removing units leaves the model, and all that is random, as they were."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from tests.summary_ops.networks import Vgg
from tests.summary_ops.removals import IMAGES, LABELS, recorder_of, removed


class TestNothingIsLeft:
    def state(self, model: nn.Module) -> list[Any]:
        return [
            [value.clone() for value in model.state_dict().values()],
            [None if p.grad is None else p.grad.clone() for p in model.parameters()],
            [p.requires_grad for p in model.parameters()],
            [module.training for module in model.modules()],
            [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()],
            [torch.get_rng_state(), str(np.random.get_state())],  # noqa: NPY002
            random.getstate(),
        ]

    def assert_same(self, one: Any, other: Any) -> None:
        if isinstance(one, Tensor):
            assert torch.equal(one, other)
        elif isinstance(one, list):
            for a, b in zip(one, other, strict=True):
                self.assert_same(a, b)
        else:
            assert one == other

    def model(self) -> nn.Module:
        model = Vgg()
        model.classifier[0].bias.requires_grad_(False)
        nn.functional.cross_entropy(model(IMAGES), LABELS).backward()
        model.features[1].eval()
        return model

    def test_of_a_model_in_training(self):
        model = self.model()
        before = self.state(model)
        loader = DataLoader(TensorDataset(IMAGES, LABELS), 100, shuffle=True)
        removed(recorder_of(model), loader, top=2)
        self.assert_same(before, self.state(model))

    def test_of_a_model_that_raises_half_way(self):
        model, calls = self.model(), []

        def fail(*_: Any) -> None:
            calls.append(1)
            if len(calls) == 30:
                raise RuntimeError("out of memory")

        handle = model.classifier.register_forward_hook(fail)
        before = self.state(model)
        with pytest.raises(RuntimeError, match="out of memory"):
            removed(recorder_of(model), top=9)
        self.assert_same(before, self.state(model))
        handle.remove()

    def test_a_layer_whose_output_is_a_parameter_keeps_it(self):
        class Constant(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.value = nn.Parameter(torch.ones(20, 5))

            def forward(self, _: Tensor) -> Tensor:
                return self.value

        class Adding(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.constant, self.out = Constant(), nn.Linear(5, 10)

            def forward(self, images: Tensor) -> Tensor:
                return self.out(self.constant(images) + images.mean((1, 2, 3))[:, None])

        model = Adding()
        before = self.state(model)
        batch = [(IMAGES[:20], torch.zeros(20, dtype=torch.int64))]
        recorder = recorder_of(model, layers=["constant"])
        found = removed(recorder, batch, units={"constant": [2]}, top=0, replacement="zero")
        assert found.measured[0] == pytest.approx(model.out.weight[0, 2].item(), abs=1e-5)
        self.assert_same(before, self.state(model))
