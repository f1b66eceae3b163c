"""The images of a report: the reference, those attacked, those compared with, each apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from summary_ops.attacks.attack_target import AttackTarget
from summary_ops.data import sampling

AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of the images, int64.

    Attributes:
        sources: half of the rightly predicted: those to be attacked.
        negatives: the other half.
        errors: predicted wrongly.
    """

    sources: Tensor
    negatives: Tensor
    errors: Tensor

    @classmethod
    def of(cls, attack_target: AttackTarget, seed: int) -> Split:
        """Draw the halves by a seed, class by class.

        Raises:
            ValueError: fewer than two images are predicted rightly.
        """
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randperm(len(attack_target.labels), generator=generator).to(
            attack_target.labels.device
        )
        right = attack_target.before[drawn] == attack_target.labels[drawn]
        rows = drawn[right]
        rows = rows[attack_target.labels[rows].argsort(stable=True)]
        if len(rows) < 2:
            raise ValueError(
                f"{len(rows)} of {len(drawn)} images are predicted rightly, expected two at least: "
                "one to attack, one to compare with"
            )
        return cls(rows[0::2].sort().values, rows[1::2].sort().values, drawn[~right].sort().values)


class Reference:
    """Batches of inputs and labels, whose contents are remembered.

    Args:
        given: `(images, labels)`, or a loader of such batches.
    """

    def __init__(self, given: Any) -> None:
        self._given = given
        self._seen: set[bytes] = set()

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Iterate over all batches."""
        for batch in self._batches():
            inputs, labels = sampling.split_batch(batch)
            self._seen.update(_contents(inputs))
            yield inputs, labels

    def _batches(self) -> Iterable[Any]:
        given = self._given
        if not (isinstance(given, (tuple, list)) and len(given) == 2 and _is_images(given[0])):
            return given  # type: ignore[no-any-return]
        images, labels = given[0], torch.as_tensor(given[1])
        if len(labels) != len(images):
            raise ValueError(f"reference of {len(images)} images and {len(labels)} labels")
        return list(zip(torch.split(images, AT_ONCE), torch.split(labels, AT_ONCE), strict=True))

    def check_apart(self, images: Tensor) -> None:
        """Check that none of the images was among the batches.

        Raises:
            ValueError: some were.
        """
        shared = [row for row, one in enumerate(_contents(images)) if one in self._seen]
        if shared:
            raise ValueError(
                f"{len(shared)} of the images are in the reference as well, image {shared[0]} "
                "first; what distances are measured from may hold none of what is tested"
            )


def _is_images(value: Any) -> bool:
    return isinstance(value, Tensor) and value.ndim == 4


def _contents(images: Any) -> Iterator[bytes]:
    """Yield a digest of each image, by its values in float32.

    Raises:
        ValueError: these are no images.
    """
    if not _is_images(images):
        raise ValueError(
            f"the reference gives a {type(images).__name__}, expected images [N, channels, height, "
            "width]: pass (images, labels), or a loader of such batches"
        )
    for image in images:
        values = image.detach().to("cpu", torch.float32).contiguous().numpy()
        yield hashlib.blake2b(values.tobytes(), digest_size=16).digest()
