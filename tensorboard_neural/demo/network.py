"""A small network in the manner of VGG (Simonyan and Zisserman, 2015)."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

WIDTHS = (16, 32, 64)
HIDDEN = 64


class SmallVGG(nn.Module):
    """Three stages of two convolutions, then two hidden dense layers and the logits.

    With 32 × 32 RGB images and 10 classes it has 143,562 parameters. Every non-linearity is a
    module of its own, so that a recorder finds the activations by name.

    Args:
        channels: of the images.
        size: height and width of the images, at least 8.
        classes: number of classes.
    """

    def __init__(self, channels: int, size: int, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(*stages(channels))
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(WIDTHS[-1] * (size // 2 ** len(WIDTHS)) ** 2, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits `[batch, classes]` of images `[batch, channels, size, size]`."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


def stages(channels: int) -> Iterator[nn.Module]:
    """Convolution, normalization and non-linearity twice, then half the size; for each width."""
    for width in WIDTHS:
        for inputs in (channels, width):
            yield nn.Conv2d(inputs, width, 3, padding=1, bias=False)
            yield nn.BatchNorm2d(width)
            yield nn.ReLU()
        yield nn.MaxPool2d(2)
        channels = width
