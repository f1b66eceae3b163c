"""A training of 100 recorded steps, 10 classes and 10,000 units, kept between benchmarks."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import sys
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from summary_ops import ProbeSet, Recorder
from tb_plugin_neural.contract import codec, records

STEPS, DEPTH, WIDTH, CLASSES = 100, 10, 1000, 10
TRAINED, PROBED, BATCH = 1000, 100, 64
RUN = "digits"
CACHE = Path(__file__).parents[1] / ".cache" / "benchmarks"
SOURCES = (Path(__file__), Path(codec.__file__), Path(records.__file__))


def ensure() -> Path:
    """Return the log directory, recorded now if there is none of this script and record format."""
    digest = hashlib.blake2b(b"".join(path.read_bytes() for path in SOURCES), digest_size=8)
    folder = CACHE / digest.hexdigest()
    if not folder.exists():
        shutil.rmtree(CACHE, ignore_errors=True)
        record(CACHE / "partial")
        (CACHE / "partial").rename(folder)
    return folder


def record(folder: Path) -> None:
    """Train a deep dense network on scikit-learn's digits, recording every step."""
    torch.manual_seed(0)
    found = load_digits()
    images = torch.tensor(found.data, dtype=torch.float32) / 16
    labels = torch.tensor(found.target)
    widths = [images.shape[1], *[WIDTH] * DEPTH]
    hidden = [
        module
        for before, after in itertools.pairwise(widths)
        for module in (nn.Linear(before, after), nn.ReLU())
    ]
    model = nn.Sequential(*hidden, nn.Linear(WIDTH, CLASSES))
    optimizer = torch.optim.SGD(model.parameters(), 0.02, momentum=0.9)
    unseen = list(zip(images[TRAINED:].split(100), labels[TRAINED:].split(100), strict=True))
    probe = ProbeSet(images[:PROBED], labels[:PROBED])
    names = [str(digit) for digit in range(CLASSES)]
    with SummaryWriter(str(folder / RUN)) as writer:
        recorder = Recorder(model, classes=names, probe=probe, verbose=False)
        for step in tqdm(range(STEPS), desc="recording the long run", file=sys.stderr):
            chosen = torch.randint(TRAINED, (BATCH,))
            loss = nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            recorder.run(unseen, progress=False)
            recorder.write(writer, step)
