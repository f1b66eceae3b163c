"""What the examples in docstrings take for granted: a model, its data, a recorder and a writer."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.tensorboard import SummaryWriter

import summary_ops
from summary_ops import ProbeSet, Recorder


def names(folder: Path) -> dict[str, Any]:
    """Return the globals of examples, all public names among them."""
    torch.manual_seed(0)
    labels = torch.arange(20) % 2
    images = torch.rand(40, 1, 8, 8) / 2
    images[1::2, :, :4] += 0.5  # the second class is bright above
    model = nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(1, 4, 3), relu=nn.ReLU(), flat=nn.Flatten(), dense=nn.Linear(144, 2)
        )
    )
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(30):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[:20]), labels).backward()
        optimizer.step()
    loader = [(images[:20], labels)]
    recorder = Recorder(
        model,
        classes=["dark", "bright"],
        layers=["conv", "relu", "dense"],
        probe=ProbeSet(images[:20], labels),
        verbose=False,
    )
    writer = SummaryWriter(str(folder / "run"))
    recorder.run(loader, progress=False)
    recorder.write(writer, 0)
    return {
        **{name: getattr(summary_ops, name) for name in summary_ops.__all__},
        "np": np,
        "torch": torch,
        "model": model,
        "loader": loader,
        "labels": labels,
        "images": images[:20],
        "others": images[20:],
        "recorder": recorder,
        "writer": writer,
        "log_dir": str(folder / "other"),
    }
