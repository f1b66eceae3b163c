"""Hold an adversarial strip: a picture on its path towards a class or a unit."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Strip:
    """A picture that is changed step by step; tensors are on the CPU.

    `T` steps, the first one unchanged; `F` frames, those of the steps that are shown; `C` classes.

    Attributes:
        target: `class:3`, or `unit:62/features.3`.
        label: true class, or -1.
        norm: `l2` or `linf`.
        radius: the norm that all steps add up to, in the unit of pixels.
        smoothing: width of the blur of the first gradient, in pixels.
        seed: of the random direction.
        value_range: what pixels may hold.
        flip: the first step at which the target is predicted; -1 for none, and for units.
        classes: those of the columns of `probability`: target, first prediction, label.
        effect: `[T]`, the target's logit over the others' logsumexp, or the unit's mean activation.
        probability: `[T, C]`.
        l2, linf: `[T]`, norms of the change, in the unit of pixels.
        control_effect, control_probability: the same for a change of the same norm in one random
            direction.
        frame: int64 `[F]`, the step of each frame.
        prediction: int64 `[F]`, the class that is predicted there.
        images: `[F, channels, height, width]`, pixels before normalization.
        saliency: `[F, height, width]`, how much of the effect each pixel's change makes:
            |gradient ⊙ change|, summed over channels.
        control: `[F, channels, height, width]`, the random changes.
        layers: names of layers, `L` of them.
        unit: int64 `[L, K]`, the units of each that change most; 0 beside NaN for none.
        activation: `[L, K, F]`, theirs, pooled over positions.

    Example:
        >>> strip = adversarial_strip(model, images[0], 1, steps=4, frames=3, progress=False)
        >>> strip.effect.shape
        torch.Size([5])
    """

    target: str
    label: int
    norm: str
    radius: float
    smoothing: float
    seed: int
    value_range: tuple[float, float]
    flip: int
    classes: tuple[int, ...]
    effect: Tensor
    probability: Tensor
    l2: Tensor
    linf: Tensor
    control_effect: Tensor
    control_probability: Tensor
    frame: Tensor
    prediction: Tensor
    images: Tensor
    saliency: Tensor
    control: Tensor
    layers: tuple[str, ...]
    unit: Tensor
    activation: Tensor

    @property
    def difference(self) -> Tensor:
        """Signed change of each frame, `[F, channels, height, width]`, in the unit of pixels."""
        return self.images - self.images[:1]
