"""The networks whose recording is timed, with random weights."""

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


def resnet18(classes: int = 1000) -> nn.Module:
    """Make a ResNet-18 (He et al. 2016, table 1)."""
    stem = [*convolution(3, 64, 7, stride=2), nn.MaxPool2d(3, 2, 1)]
    blocks: list[nn.Module] = []
    width = 64
    for channels in (64, 128, 256, 512):
        for place in range(2):
            stride = 2 if place == 0 and channels > 64 else 1
            blocks.append(BasicBlock(width, channels, stride))
            width = channels
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)]
    return initialized(nn.Sequential(*stem, *blocks, *head))


def vit_tiny(classes: int = 1000, size: int = 64, patch: int = 16) -> nn.Module:
    """Make a ViT-Tiny (Touvron et al. 2021) for images of a size."""
    return VisionTransformer(classes, (size // patch) ** 2, patch)


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


class BasicBlock(nn.Module):
    """Two 3×3 convolutions beside a shortcut."""

    def __init__(self, width: int, channels: int, stride: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            *convolution(width, channels, 3, stride=stride), *convolution(channels, channels, 3)[:2]
        )
        convolved = convolution(width, channels, 1, stride=stride)[:2]
        self.shortcut = nn.Sequential(*(convolved if stride > 1 else ()))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Images `[batch, channels, height, width]` through the block."""
        return self.relu(self.branch(x) + self.shortcut(x))


class VisionTransformer(nn.Module):
    """Twelve blocks of width 192 over patches and a class token."""

    def __init__(self, classes: int, patches: int, patch: int, width: int = 192) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.place = nn.Parameter(0.02 * torch.randn(1, 1 + patches, width))
        self.blocks = nn.Sequential(*(TransformerBlock(width, 3) for _ in range(12)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits `[batch, classes]` of images `[batch, 3, height, width]`."""
        patches = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat((self.token.expand(len(x), -1, -1), patches), 1) + self.place
        logits: Tensor = self.head(self.norm(self.blocks(tokens))[:, 0])
        return logits


class TransformerBlock(nn.Module):
    """Attention and a two-layer perceptron, each beside a shortcut, norms first."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Tokens `[batch, tokens, width]` through the block."""
        parts = self.qkv(self.norm1(x)).unflatten(2, (3, self.heads, -1)).transpose(1, 3)
        found = nn.functional.scaled_dot_product_attention(*parts.unbind(2))
        x = x + self.out(found.transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm2(x))


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
