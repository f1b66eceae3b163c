"""The three convolutional networks whose recording is timed, with He-initialized weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def vgg16(classes: int = 10) -> nn.Module:
    """VGG16 with batch normalization for 32 px images (Simonyan & Zisserman 2015, column D)."""
    stages = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    layers: list[nn.Module] = []
    width = 3
    for channels, depth in stages:
        for _ in range(depth):
            layers += convolution(width, channels, 3)
            width = channels
        layers.append(nn.MaxPool2d(2))
    head = [nn.Flatten(), nn.Linear(512, 512), nn.ReLU(inplace=True), nn.Linear(512, classes)]
    return initialized(nn.Sequential(*layers, *head))


def resnet50(classes: int = 1000) -> nn.Module:
    """ResNet-50 (He et al. 2016, table 1) with the stride on the 3×3 convolution."""
    stem = [*convolution(3, 64, 7, stride=2), nn.MaxPool2d(3, 2, 1)]
    blocks: list[nn.Module] = []
    width = 64
    for hidden, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for place in range(depth):
            blocks.append(Bottleneck(width, hidden, stride if place == 0 else 1))
            width = 4 * hidden
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)]
    return initialized(nn.Sequential(*stem, *blocks, *head))


def efficientnet_lite0(classes: int = 1000) -> nn.Module:
    """EfficientNet-Lite0 (Tan & Le 2019; Lite: no squeeze-and-excitation, ReLU6)."""
    stem = convolution(3, 32, 3, stride=2, activation=nn.ReLU6)
    stages = (
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    )
    blocks: list[nn.Module] = []
    width = 32
    for expansion, channels, depth, stride, kernel in stages:
        for place in range(depth):
            first = stride if place == 0 else 1
            blocks.append(InvertedBottleneck(width, channels, expansion, kernel, first))
            width = channels
    top = convolution(width, 1280, 1, activation=nn.ReLU6)
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, classes)]
    return initialized(nn.Sequential(*stem, *blocks, *top, *head))


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1 convolutions beside a shortcut."""

    def __init__(self, width: int, hidden: int, stride: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *convolution(width, hidden, 1),
            *convolution(hidden, hidden, 3, stride=stride),
            *convolution(hidden, 4 * hidden, 1)[:2],
        )
        same = stride == 1 and width == 4 * hidden
        convolved = convolution(width, 4 * hidden, 1, stride=stride)[:2]
        self.shortcut = nn.Identity() if same else nn.Sequential(*convolved)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Images `[batch, channels, height, width]` through the block."""
        return self.relu(self.branch(x) + self.shortcut(x))


class InvertedBottleneck(nn.Module):
    """Expansion, depthwise and linear projecting convolution beside a shortcut where it fits."""

    def __init__(self, width: int, channels: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        hidden = width * expansion
        expand = convolution(width, hidden, 1, activation=nn.ReLU6) if expansion > 1 else []
        self.branch = nn.Sequential(
            *expand,
            *convolution(hidden, hidden, kernel, stride=stride, groups=hidden, activation=nn.ReLU6),
            *convolution(hidden, channels, 1)[:2],
        )
        self.skips = stride == 1 and width == channels

    def forward(self, x: Tensor) -> Tensor:
        """Images `[batch, channels, height, width]` through the block."""
        return x + self.branch(x) if self.skips else self.branch(x)


def convolution(
    width: int,
    channels: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    activation: type[nn.ReLU | nn.ReLU6] = nn.ReLU,
) -> list[nn.Module]:
    """Return a convolution that keeps the size, its norm and its non-linearity."""
    return [
        nn.Conv2d(width, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
        activation(inplace=True),
    ]


def initialized(model: nn.Module) -> nn.Module:
    """He initialization: variance 2 over fan-in (He et al. 2015)."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return model


def calibrated(model: nn.Module, images: Tensor) -> nn.Module:
    """Return the model in evaluation mode, its norms' statistics those of the images."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        model.train()(images)
    return model.eval()
