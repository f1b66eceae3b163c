"""Hold what an attack works on: a classifier and labelled images, as pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from summary_ops.data import trees
from summary_ops.images.pixels import Channels, bounds, check_pixels, normalization
from summary_ops.network.calling import invoke
from summary_ops.network.isolation import isolation

BATCH = 512
"""Images that go through the model at once."""

Classes = Tensor | Sequence[int]


@dataclass(frozen=True, eq=False)
class AttackTarget:
    """A classifier and images on its device.

    Attributes:
        images: what the model takes, `[N, channels, height, width]`.
        labels: true classes, int64 `[N]`.
        targets: classes to be reached, int64 `[N]`, or None when any wrong class will do.
        before: class predicted for each image, int64 `[N]`.
        mean, std: `[channels, 1, 1]`; a pixel is `image * std + mean`.
        low, high: the values that a pixel may have.
    """

    model: nn.Module
    images: Tensor
    labels: Tensor
    targets: Tensor | None
    before: Tensor
    mean: Tensor
    std: Tensor
    low: float
    high: float

    def pixels(self, images: Tensor) -> Tensor:
        """Undo the normalization."""
        return images * self.std + self.mean

    def normalized(self, pixels: Tensor) -> Tensor:
        """Convert pixels to the model's inputs."""
        return (pixels - self.mean) / self.std

    def cost(self, scores: Tensor, rows: Tensor) -> Tensor:
        """Return the log-odds `[batch]` that the attack must still overcome for the images `rows`.

        They order attacked images as the probability of the true class does, and their gradient
        has the direction of the cross-entropy's, but neither vanishes where the model is sure.
        """
        if self.targets is None:
            return log_odds(scores, self.labels[rows])
        return -log_odds(scores, self.targets[rows])

    def is_adversarial(self, predicted: Tensor, rows: Tensor) -> Tensor:
        """Return whether these predictions for the images `rows` are what the attack wants."""
        if self.targets is None:
            return predicted != self.labels[rows]
        return predicted == self.targets[rows]


@contextmanager
def attacking(
    model: nn.Module,
    images: Tensor,
    labels: Classes,
    *,
    targets: Classes | int | None,
    mean: Channels,
    std: Channels,
    value_range: tuple[float, float],
) -> Iterator[AttackTarget]:
    """Prepare an attack; inside, the model is in evaluation mode and no gradient is kept.

    On leaving, the modules' modes and all random states are as they were.

    Raises:
        ValueError: images, labels, targets or the declared pixel values do not fit.
    """
    if not isinstance(images, Tensor) or images.ndim != 4 or not images.is_floating_point():
        raise ValueError(
            f"images are {_describe(images)}, expected a floating tensor [N, channels, height, "
            "width] as the model takes it"
        )
    if not images.numel():
        raise ValueError(f"images of shape {list(images.shape)}: there is nothing to attack")
    with isolation.isolated(model), isolation.without_autocast_or_grad():
        inputs = images.detach().to(next(model.parameters(), images).device).clone()
        scores = torch.cat([logits(model, part) for part in torch.split(inputs, BATCH)])
        truth = _classes("labels", labels, scores)
        offset, factor = normalization(mean, std, inputs.shape[1], inputs)
        low, high = bounds(value_range)
        attack_target = AttackTarget(
            model=model,
            images=inputs,
            labels=truth,
            targets=_targets(targets, truth, scores),
            before=scores.argmax(1),
            mean=offset,
            std=factor,
            low=low,
            high=high,
        )
        check_pixels(attack_target.pixels(inputs), low, high)
        yield attack_target


def logits(model: nn.Module, images: Tensor) -> Tensor:
    """`[batch, classes]` of a classifier, see `as_logits`.

    Raises:
        ValueError: the model's output is not of such a shape.
    """
    return as_logits(invoke(model, images), len(images))


def as_logits(result: Any, size: int) -> Tensor:
    """Logits `[size, classes]` out of what a classifier returned for `size` images.

    A single logit counts as the second of two classes.

    Raises:
        ValueError: no output has such a shape.
    """
    found = result.get("logits") if isinstance(result, Mapping) else getattr(result, "logits", None)
    found = trees.floating(result) if found is None else found
    if found is not None and found.shape in ((size,), (size, 1)):
        found = torch.stack((torch.zeros_like(found), found), 1).reshape(size, 2)
    if found is None or found.ndim != 2 or len(found) != size:
        raise ValueError(
            f"expected logits of shape [{size}, classes], the model gave "
            f"{_describe(result if found is None else found)}; wrap the model to return them"
        )
    return found.float()


def log_odds(scores: Tensor, classes: Tensor) -> Tensor:
    """`ln(p / (1 - p))` of one class an image, from logits `[batch, classes]`."""
    chosen = classes[:, None]
    others = scores.scatter(1, chosen, -torch.inf).logsumexp(1)
    return scores.gather(1, chosen)[:, 0] - others


def _describe(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a {value.dtype} tensor of shape {list(value.shape)}"
    return f"a {type(value).__name__}"


def _classes(name: str, classes: Classes, scores: Tensor) -> Tensor:
    found = torch.as_tensor(classes, device=scores.device).detach()
    size, count = scores.shape
    if found.shape != (size,) or found.is_floating_point():
        raise ValueError(f"{name} are {_describe(found)}, expected class indices of shape [{size}]")
    if bool(((found < 0) | (found >= count)).any()):
        raise ValueError(
            f"{name} from {int(found.min())} to {int(found.max())}, but the model has "
            f"{count} classes; attack only images whose class is known"
        )
    return found.long()


def _targets(targets: Classes | int | None, labels: Tensor, scores: Tensor) -> Tensor | None:
    if targets is None:
        return None
    if isinstance(targets, int):
        targets = torch.full_like(labels, targets)
    found = _classes("targets", targets, scores)
    if bool((same := found == labels).any()):
        raise ValueError(
            f"image {int(same.nonzero()[0])}: the target {int(found[same][0])} is its true class"
        )
    return found
