"""Track the range of labels, to distinguish another numbering from unknown labels."""

from __future__ import annotations

import torch
from torch import Tensor

MOST_UNNAMED = 4096
"""Most classes whose number only labels tell; a larger index is taken for an identifier."""


class LabelRange:
    """The smallest and the largest label met, and whether any was 0; kept where labels are."""

    def __init__(self) -> None:
        self._found: Tensor | None = None

    def update(self, labels: Tensor) -> None:
        """Take note of class indices `[batch]`."""
        if len(labels):
            found = torch.stack((-labels.amin(), labels.amax(), (labels == 0).any().long()))
            self._found = found if self._found is None else torch.maximum(self._found, found)

    def doubt(self, classes: int) -> str | None:
        """Explain why labels may not be indices of classes; None if they may."""
        if self._found is None or not classes:
            return None
        smallest, largest, zero = self._found.tolist()
        smallest = -smallest
        if largest >= classes:
            shifted = not zero and smallest >= 1 and largest == classes
            return (
                f"labels from {smallest} to {largest}, expected 0 to {classes - 1} for {classes} "
                "classes; what lies outside counts as unlabelled"
                + ("; if the first class is 1, pass labels - 1" if shifted else "")
            )
        if classes == 2 and not zero and (smallest, largest) == (-1, 1):
            return (
                "labels are -1 and 1, expected 0 and 1: -1 counts as unlabelled, and no input is "
                "of the first class; if -1 stands for it, pass (labels + 1) // 2"
            )
        return None


def check_identifiers(labels: Tensor) -> None:
    """Check labels that alone determine the number of classes.

    Raises:
        ValueError: there would be too many.
    """
    largest = int(labels.max()) if len(labels) else 0
    if largest >= MOST_UNNAMED:
        raise ValueError(
            f"a label of {largest}, while neither class names nor outputs tell how many classes "
            "there are; labels are class indices from 0. Of identifiers pass "
            "np.unique(labels, return_inverse=True)[1], of very many classes classes=[…]"
        )
