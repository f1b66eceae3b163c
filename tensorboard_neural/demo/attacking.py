"""Look for attacks of few pixels, and make the probe set of the images and what fools on them."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils.data import TensorDataset
from tqdm import tqdm

from summary_ops import ProbeSet, attacks

ATTACK: dict[str, Any] = {"population": 50, "generations": 10}
AT_ONCE = 32
MOST_PIXELS = 5
FOCUS = 64  # instances whose distances to each other are kept: attacked ones and their originals
PROGRESS = 1.0  # seconds between two looks at a progress bar


def find(network: nn.Module, probe: ProbeSet) -> list[attacks.Attack]:
    """Attacks with as few pixels as fool the network on any image of the probe set."""
    images, labels = probe.inputs, torch.tensor(probe.labels)
    for pixels in range(1, MOST_PIXELS + 1):
        found: list[attacks.Attack] = []
        rows = torch.split(torch.arange(len(images)), AT_ONCE)
        what = f"{pixels} pixel" if pixels == 1 else f"{pixels} pixels"
        for chosen in tqdm(rows, f"attacks with {what}", mininterval=PROGRESS):
            attack = attacks.one_pixel(
                network, images[chosen], labels[chosen], pixels=pixels, **ATTACK
            )
            found.append(attack.within(chosen))
        tried = sum(int((attack.before == attack.labels).sum()) for attack in found)
        is_adversarial = sum(int(attack.success.sum()) for attack in found)
        print(f"{is_adversarial} of {tried} rightly classified images are led astray by {what}.")
        if is_adversarial:
            return [attack.successful() for attack in found]
    print(f"No attack with up to {MOST_PIXELS} pixels succeeded; there are no pairs to compare.")
    return []


def with_attacks(probe: ProbeSet, found: list[attacks.Attack]) -> ProbeSet:
    """Return the probe set with attacked copies of its images, and some pairs in focus."""
    benign = [int(index) for attack in found for index in attack.index][: FOCUS // 2]
    focus = [*benign, *range(len(probe), len(probe) + len(benign))]
    return ProbeSet(probe.inputs, probe.labels, names=probe.names, pairs=found, focus=focus)


def dataset(found: list[attacks.Attack]) -> TensorDataset | None:
    """Return the attacked images with their true classes; None without any."""
    if not found:
        return None
    images = torch.cat([attack.images for attack in found])
    return TensorDataset(images, torch.cat([attack.labels for attack in found]))
