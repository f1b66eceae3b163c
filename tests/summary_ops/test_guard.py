"""What is around a user's model while pictures are made for it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from summary_ops import guard


def test_a_device_that_is_not_used_yet_keeps_the_seed_it_will_begin_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    torch.manual_seed(5)
    drawn = []
    for seed in (0, 0, 1):
        with guard.differentiating(nn.Dropout(), seed):
            drawn.append(float(torch.rand(1)))
    assert drawn[0] == drawn[1] != drawn[2]
    assert seeded == [5]
