"""How much a run weighs: one record of the documented default case, measured by kind.

The case is VGG16 on images of 32 px (4,746 units), 10 classes, 10,000 images a pass, a probe set
of 256, 40 records. The images are pieces of photographs; to save 10,000 forward passes, their
pooled activations are drawn from those of the probe set, between two of one class each (a smoothed
bootstrap). Real passes of 10,000 gave histograms 4 % larger. Influence is measured on 4 inputs a
class, as many numbers as of 64.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_sample_images
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import events

from summary_ops import Graph, ProbeSet, Recorder
from summary_ops.streaming.subsets.batch import Batch
from tb_plugin_neural.contract import graph_records
from tb_plugin_neural.contract.metadata import Series

CLASSES, PROBE, PASS, RECORDS = 10, 256, 10_000, 40
BUDGET, GRAPH, PIVOTS = 150, 25, 10
"""Megabytes of a run; of these, what graphs take, and what distances to pivots take."""

STATIC = ("session", "architecture", "probe", "problems", "influence_sample")
OF_GRAPHS = {kind.kind for kind in graph_records.ALL} - set(STATIC)


def photographs(size: int) -> tuple[Tensor, Tensor]:
    """Pieces of two photographs at 32 px, and which of ten places each is from."""
    random, pictures = np.random.default_rng(0), load_sample_images().images
    pieces, places = [], []
    for index in range(size):
        picture = pictures[index % 2]
        y, x = (random.integers(0, length - 64) for length in picture.shape[:2])
        pieces.append(picture[y : y + 64 : 2, x : x + 64 : 2])
        places.append(5 * (index % 2) + 5 * x // (picture.shape[1] - 64))
    images = torch.tensor(np.stack(pieces)).permute(0, 3, 1, 2) / 255
    return (images - 0.5) / 0.25, torch.tensor(places)


def vgg16() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if width:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            nn.init.kaiming_normal_(layers[-2].weight, nonlinearity="relu")
            channels = width
        else:
            layers.append(nn.MaxPool2d(2))
    dense = (nn.Linear(512, 512), nn.ReLU(inplace=True), nn.Linear(512, CLASSES))
    return nn.Sequential(*layers, nn.Flatten(), *dense)


def observe(recorder: Recorder, sample: dict[str, Tensor], places: Tensor) -> None:
    """Count a pass whose activations lie between two inputs of the sample, of one class each."""
    for labels in (torch.arange(PASS) % CLASSES).split(500):
        same = (places == labels[:, None]).float()
        first, second = same.multinomial(2).T
        share = torch.rand(len(labels), 1)
        pooled = {name: torch.lerp(v[first], v[second], share) for name, v in sample.items()}
        logits = pooled[list(pooled)[-1]]
        recorder.pipeline.accumulator.add(Batch(pooled, len(labels), labels=labels, logits=logits))


def test_a_default_run_of_vgg16_keeps_to_its_budget(tmp_path: Path) -> None:
    images, places = photographs(PROBE)
    recorder = Recorder(
        vgg16(), probe=ProbeSet(images, places), graph=Graph(inputs=4), verbose=False, strict=True
    )
    sample = recorder.pipeline.probe.run(torch.device("cpu")).activations
    recorder.pipeline.accumulator.place(sample)
    recorder.run([(images[:100], places[:100])], progress=False)
    observe(recorder, sample, places)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    assert sum(layer.units for layer in recorder.pipeline.observed.layers.values()) == 4746
    sizes: Counter[str] = Counter()
    for event in events(tmp_path):
        for value in event.summary.value:
            kind = Series.parse(value.metadata.plugin_data.content).kind
            sizes[kind] += value.ByteSize() * (1 if kind in STATIC else RECORDS)
    megabytes = {kind: round(size / 1e6, 1) for kind, size in sizes.items()}
    assert megabytes.keys() >= {"histograms", "moments", "class_metrics", "probe_activations"}
    assert megabytes.keys() >= {"activation_counts", "contributions", "summit_influence"}
    assert megabytes.keys() >= {"importance", "examples", "topology", "influence_sample"}
    assert megabytes.keys() >= {"pivot_distances", "neighbours"}
    assert sum(sizes.values()) <= BUDGET * 1e6, megabytes
    assert sizes["pivot_distances"] <= PIVOTS * 1e6, megabytes
    assert sum(size for kind, size in sizes.items() if kind in OF_GRAPHS) <= GRAPH * 1e6, megabytes
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size <= 1.02 * (
        sum(size // (1 if kind in STATIC else RECORDS) for kind, size in sizes.items())
    )
