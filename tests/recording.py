"""One small network trained once on real images; its log directory serves the tests.

`ensure()` trains it when this file has changed since, and returns the folder:

    logs/            what TensorBoard reads: five runs, see `RUNS`
    truth/RUN.pt     for each run a list of `(step, state dict)`, one a record
    truth/data.pt    evaluation images and labels, probe images, the benign ones of pairs, and
                     the instances that strips and saliency are of, the first one misclassified
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import (
    Graph,
    ProbeSet,
    Recorder,
    add_ablations,
    add_adversarial_strips,
    add_attack_report,
    add_saliency,
    attacks,
)

CACHE = Path(__file__).parents[1] / ".cache" / "recording"
CLASSES = [f"digit {n}" for n in ("zero", *"123456789")]
RUNS = {  # seed of the weights, learning rate, recorded steps
    "plain": (0, 0.05, (0, 10, 30, 60, 100, 150, 210, 280)),
    "slow": (0, 0.01, (5, 20, 45, 80, 125, 180, 245)),
    "other seed": (1, 0.05, (0, 50, 150)),
    "third": (2, 0.05, (0, 150)),
    "once": (3, 0.05, (40,)),
}
ATTACKS = 4
FOCUS = (0, 1, 2, 3, 4, 5, 6, 7)
ASKED = "plain"
"""The run whose last record is asked what would be if."""
REMOVED, MEASURED, OTHERS_MEASURED = (1, 8), 6, {"features.4": [3]}
"""Classes that lose units, how many units each, and units besides."""
EVERY = Graph(inputs=64)
"""Influence of every input of a class: what the page shows can be computed from all of them."""
STRENGTHS = (2 / 255, 24 / 255)


class Network(nn.Module):
    """Two convolutions and three dense layers; every hidden activation is a module."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 24, 3, padding=1), nn.ReLU(), nn.Flatten(),
        )  # fmt: skip
        self.classifier = nn.Sequential(
            nn.Linear(24 * 16, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 10)
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images))


def digits() -> tuple[Tensor, Tensor]:
    """1,797 handwritten digits `[N, 1, 8, 8]` in [0, 1], and their labels."""
    found = load_digits()
    return torch.tensor(found.images, dtype=torch.float32)[:, None] / 16, torch.tensor(found.target)


def train(seed: int, rate: float, steps: tuple[int, ...]) -> Iterator[tuple[int, Network]]:
    """Train on the first 1,000 digits, giving the network before (step -1) and at those steps."""
    images, labels = (part[:1000] for part in digits())
    torch.manual_seed(seed)
    network = Network()
    optimizer = torch.optim.SGD(network.parameters(), rate, momentum=0.9)
    order = torch.Generator().manual_seed(seed)
    yield -1, network
    for step in range(steps[-1] + 1):
        if step in steps:
            yield step, network
        chosen = torch.randint(0, 1000, (64,), generator=order)
        loss = nn.functional.cross_entropy(network(images[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def make(folder: Path) -> None:
    """Train and record all runs."""
    torch.set_num_threads(1)
    images, labels = (part[1000:] for part in digits())
    network = next(net for step, net in train(*RUNS["plain"]) if step == RUNS["plain"][2][-1])
    network.eval()
    attacked = attacks.one_pixel(network, images[:300], labels[:300], seed=0).successful()
    if len(attacked) < ATTACKS:
        raise RuntimeError(f"one-pixel attacks succeed on {len(attacked)} images, {ATTACKS} needed")
    attacked = attacked.at(range(ATTACKS))
    probe = ProbeSet(images[:120], labels[:120], pairs=attacked, focus=FOCUS)
    wrong = (network(images[:120]).argmax(1) != labels[:120]).nonzero().flatten().tolist()
    asked = [wrong[0], *FOCUS[:2]]
    loader = DataLoader(TensorDataset(images[300:], labels[300:]), 100)
    (folder / "truth").mkdir(parents=True)
    torch.save(
        {
            "images": images[300:],
            "labels": labels[300:],
            "probe": torch.cat((images[:120], attacked.images)),
            "benign": attacked.index,
            "asked": asked,
        },
        folder / "truth" / "data.pt",
    )
    for run, plan in RUNS.items():
        states = []
        training = train(*plan)
        _, network = next(training)
        recorder = Recorder(network, classes=CLASSES, probe=probe, graph=EVERY, verbose=False)
        with SummaryWriter(str(folder / "logs" / run)) as writer:
            for step, network in training:
                recorder.run(loader, progress=False)
                recorder.write(writer, step)
                states.append((step, {k: v.clone() for k, v in network.state_dict().items()}))
                if run == ASKED and step == plan[2][-1]:
                    ask(writer, recorder, step, loader, asked)
        torch.save(states, folder / "truth" / f"{run}.pt")


def ask(
    writer: SummaryWriter, recorder: Recorder, step: int, loader: Any, instances: list[int]
) -> None:
    """Record what would be if an input, a unit or an attack were another."""
    add_adversarial_strips(writer, recorder, instances, step=step, steps=32, progress=False)
    add_saliency(writer, recorder, instances, step=step, progress=False)
    removed: Any = {"classes": REMOVED, "top": MEASURED, "units": OTHERS_MEASURED}
    add_ablations(writer, recorder, loader, step=step, progress=False, **removed)
    images, labels = digits()
    add_attack_report(
        writer,
        recorder,
        images[1300:],
        labels[1300:],
        step=step,
        reference=(images[:1000], labels[:1000]),
        strengths=STRENGTHS,
        progress=False,
    )


def ensure() -> Path:
    """Return the folder of the recording, made now if there is none by these sources."""
    root = Path(__file__).parents[1]
    folders = (root / "summary_ops", root / "tb_plugin_neural" / "contract")
    sources = [Path(__file__), *sorted(path for one in folders for path in one.rglob("*.py"))]
    digest = hashlib.blake2b(b"".join(p.read_bytes() for p in sources), digest_size=8).hexdigest()
    folder = CACHE / digest
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers of pytest ask at once
        if not folder.exists():
            for old in CACHE.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            partial = Path(tempfile.mkdtemp(dir=CACHE))
            make(partial)
            partial.rename(folder)
    return folder


if __name__ == "__main__":
    print(ensure())  # noqa: T201
