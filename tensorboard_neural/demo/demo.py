"""Train a small network twice, without and with augmentation, and watch its neurons.

Both runs start from the same weights. One-pixel attacks that fool the first network are looked for
among 256 test images; these images and their attacked copies, the probe set, are recorded at every
step of both runs. A third run is of a network that others trained, EfficientNet-Lite0, on ordinary
photographs. TensorBoard serves from the first record on.

    tensorboard-neural demo                   # Fashion-MNIST
    tensorboard-neural demo --data cifar10    # downloaded; or --cifar10 /path/to/archive
    tensorboard-neural demo --no-serve        # train, and end
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from summary_ops import Graph, ProbeSet, Recorder, Schedule, add_feature_visualizations
from tensorboard_neural import jobs, serving
from tensorboard_neural.demo import attacking, data, photographs, pretrained, training
from tensorboard_neural.demo.fetch import Unavailable
from tensorboard_neural.demo.network import SmallVGG
from tensorboard_neural.reports import report, texts
from tensorboard_neural.usage_error import UsageError

BATCH = 128
PROGRESS = 1.0  # seconds between two looks at a progress bar
RECORDS = 16
EVALUATED = 2000  # test images whose distributions are recorded
PROBED = 256
ASKED = 1000  # test images to remove units and to attack on
INSTANCES = 4  # of the misclassified and of the attacked, each
GRAPH = Graph(inputs=24)  # of each class, for influence between units
PICTURES: dict[str, Any] = {"facets": 2, "steps": 64}  # of each unit
STRENGTHS = tuple(share / 255 for share in (2, 4, 8, 16, 32))
PHOTOGRAPHS = "photographs"  # the name of the third run

Weights = dict[str, Tensor]


def train(
    run: str,
    images: data.Photographs,
    logdir: Path,
    *,
    change: Callable[[Tensor], Tensor] = lambda batch: batch,
    probe: ProbeSet | None = None,
    attacked: TensorDataset | None = None,
) -> tuple[SmallVGG, dict[int, Weights]]:
    """Train a new network, recording what its neurons do.

    Args:
        run: name of the run.
        images: what to train on and to evaluate.
        logdir: where runs are written.
        change: from a batch of training images to the batch to train on.
        probe: instances to record at every recorded step.
        attacked: attacked images, to record as a subset of their own.

    Returns:
        The network, and its weights at the recorded steps.
    """
    torch.manual_seed(0)  # the same weights and batches in every run
    given = training.tensors(images.train_images, images.train_labels)
    test = training.tensors(images.test_images[:EVALUATED], images.test_labels[:EVALUATED])
    shape = given.tensors[0].shape[1:]
    channels, size, _ = shape
    network = SmallVGG(channels, size, len(images.classes))
    recorder = Recorder(
        network,
        classes=images.classes,
        probe=probe,
        schedule=Schedule.log_spaced(training.STEPS + 1, RECORDS),
        graph=GRAPH,
    )
    snapshots = {}
    with SummaryWriter(str(logdir / run)) as writer, recorder:
        steps = training.fit(network, given, change, writer)
        for step in tqdm(steps, run, training.STEPS + 1, mininterval=PROGRESS, delay=PROGRESS):
            if recorder.due(step):
                recorder.run(DataLoader(test, BATCH), progress=False)
                if attacked is not None:
                    record_attacked(recorder, attacked)
                recorder.write(writer, step)
                writer.flush()
                snapshots[step] = copy.deepcopy(network.state_dict())
        add_feature_visualizations(
            writer, recorder, step=training.STEPS, input_shape=shape, **PICTURES
        )
        if probe is not None:
            ask(writer, recorder, images)
    return network, snapshots


def record_attacked(recorder: Recorder, attacked: TensorDataset) -> None:
    """Record attacked images, and them alone, as the subset `attacked`."""
    recorder.run(DataLoader(attacked, BATCH), subset="attacked", only=True, progress=False)


def add_attacked(
    run: str,
    network: nn.Module,
    snapshots: dict[int, Weights],
    probe: ProbeSet,
    attacked: TensorDataset | None,
    images: data.Photographs,
    logdir: Path,
) -> None:
    """Record what was found later at the steps of a run that is over, beside what is there."""
    job = logdir / run / "neural-attacks"
    recorder = Recorder(network, classes=images.classes, probe=probe, graph=GRAPH, verbose=False)
    with SummaryWriter(str(job)) as writer, recorder:
        for step, weights in tqdm(snapshots.items(), f"{run}, attacked images"):
            network.load_state_dict(weights)
            if attacked is None:
                recorder.write_probe(writer, step)
            else:
                record_attacked(recorder, attacked)
                recorder.write(writer, step)
        ask(writer, recorder, images)


def ask(writer: SummaryWriter, recorder: Recorder, images: data.Photographs) -> None:
    """Ask the trained network what changes its mind, and what it is made of."""
    held_out = training.tensors(images.test_images[-ASKED:], images.test_labels[-ASKED:])
    questions = jobs.Questions(
        instances=remarkable(recorder),
        images=held_out.tensors[0],
        labels=held_out.tensors[1],
        strengths=STRENGTHS,
    )
    jobs.do(writer, jobs.jobs(writer, recorder, questions, step=training.STEPS))


def remarkable(recorder: Recorder) -> list[int]:
    """Return misclassified instances of the probe set, and some attacked ones."""
    probe, network = recorder.probe, recorder.model
    if probe is None:
        return []
    with torch.inference_mode():
        predicted = torch.cat([network(batch).argmax(1) for batch in probe.batches()]).tolist()
    benign, attacked = [], []
    for index, (guess, label, pair) in enumerate(
        zip(predicted, probe.labels, probe.pairs, strict=True)
    ):
        if pair >= 0:
            attacked.append(index)
        elif guess != label:
            benign.append(index)
    return [*benign[:INSTANCES], *attacked[:INSTANCES]]


def run_trainings(images: data.Photographs, logdir: Path) -> None:
    """Train both small networks and record them."""
    network, snapshots = train("plain", images, logdir)
    test = training.tensors(images.test_images, images.test_labels)
    benign = ProbeSet.sample(test, PROBED)
    found = attacking.find(network, benign)
    probe, attacked = attacking.with_attacks(benign, found), attacking.dataset(found)
    add_attacked("plain", network, snapshots, probe, attacked, images, logdir)
    train("augmented", images, logdir, change=training.augment, probe=probe, attacked=attacked)


def run_photographs(logdir: Path) -> None:
    """Record a trained network on photographs, where its packages are installed."""
    if command := pretrained.missing():
        print(f"No third run, of a trained network on photographs: {sys.executable} -m {command}")
    else:
        pretrained.record(photographs.find(), logdir / PHOTOGRAPHS)


def run(options: argparse.Namespace) -> None:
    """Run the demo, and serve it until ^C.

    Raises:
        UsageError: there are no such data.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // 2))  # TensorBoard needs some too
    try:
        images = data.load(options.data, cifar10=options.cifar10)
    except (Unavailable, ValueError) as error:
        raise UsageError(str(error)) from error
    options.logdir.mkdir(parents=True, exist_ok=True)
    print(f"{images.name}: {len(images.train_images)} training images; {options.logdir}")
    begin = time.monotonic()
    served = serving.tensorboard(options.logdir, options.port) if options.serve else None
    with contextlib.suppress(KeyboardInterrupt), served or contextlib.nullcontext() as process:
        run_trainings(images, options.logdir)
        torch.set_num_threads(threads)
        run_photographs(options.logdir)
        print(f"Recorded in {time.monotonic() - begin:.0f} s.")
        print(texts.text(report.report(report.opened(options.logdir), "augmented", "plain")))
        serving.wait(process, options.logdir)
