"""Choose the frames of a strip from the path of a picture, and describe them."""

from __future__ import annotations

import torch
from torch import Tensor

from summary_ops.jobs.strips import frames as frames_
from summary_ops.jobs.strips.directions import at_random
from summary_ops.jobs.strips.measure import Measure, Target
from summary_ops.jobs.strips.optimize import Ascent, Path
from summary_ops.jobs.strips.strip import Strip
from summary_ops.jobs.strips.units import Units

AT_ONCE = 16
"""Pictures that go through the model at once."""


def assemble(
    measure: Measure,
    path: Path,
    target: Target,
    units: Units,
    *,
    label: int,
    radius: float,
    ascent: Ascent,
    frames: int,
    seed: int,
) -> Strip:
    """Make the strip of one picture's path; `radius` is a share of the value range."""
    device, height = measure.pixels.mean.device, measure.pixels.high - measure.pixels.low
    chance, predicted = path.scores.double().softmax(1), path.scores.argmax(1)
    classes = _classes(target, int(predicted[0]), label, chance.shape[1])
    hit = (predicted == target.index) & (not target.layer)
    flip = int(hit.int().argmax()) if bool(hit.any()) else -1
    shown = torch.tensor(
        frames_.choose(path.effect if target.layer else chance[:, target.index], frames, flip)
    )
    change = (path.pictures - path.pictures[:1]).flatten(1)
    l2, linf = change.norm(dim=1), change.abs().amax(1)
    control = at_random(
        path.pictures[0], l2 if ascent.norm == "l2" else linf, ascent.norm, ascent.smoothing, seed
    )
    control_effect, control_scores = _look(measure, control.to(device), target.index)
    frame = path.pictures[shown].to(device)
    changed = units.changed(measure.pixels.inputs(frame))
    return Strip(
        target=str(target),
        label=label,
        norm=ascent.norm,
        radius=radius * height,
        smoothing=ascent.smoothing,
        seed=seed,
        value_range=(measure.pixels.low, measure.pixels.high),
        flip=flip,
        classes=tuple(classes),
        effect=path.effect,
        probability=chance[:, classes].float(),
        l2=l2 * height,
        linf=linf * height,
        control_effect=control_effect,
        control_probability=control_scores.double().softmax(1)[:, classes].float(),
        frame=shown,
        prediction=predicted[shown],
        images=measure.pixels.low + height * frame.cpu(),
        saliency=_saliency(measure, frame, target.index),
        control=measure.pixels.low + height * control[shown],
        layers=changed.layers,
        unit=changed.unit,
        activation=changed.activation,
    )


def _classes(target: Target, predicted: int, label: int, count: int) -> list[int]:
    """Return the classes whose probability is recorded: target, first prediction, label."""
    classes = [] if target.layer else [target.index]
    classes += [predicted, *([label] if 0 <= label < count else [])]
    return list(dict.fromkeys(classes))


def _look(measure: Measure, pictures: Tensor, index: int) -> tuple[Tensor, Tensor]:
    """Effect and logits of pictures `[T, …]`, on the CPU."""
    with torch.no_grad():
        parts = [measure(part, _every(part, index)) for part in torch.split(pictures, AT_ONCE)]
    return torch.cat([e.cpu() for e, _ in parts]), torch.cat([s.cpu() for _, s in parts])


def _saliency(measure: Measure, frames: Tensor, index: int) -> Tensor:
    """|gradient ⊙ change| summed over channels, `[F, height, width]`, on the CPU."""
    slopes = [measure.slope(part, _every(part, index))[2] for part in torch.split(frames, AT_ONCE)]
    return (torch.cat(slopes) * (frames - frames[:1])).abs().sum(1).cpu()


def _every(pictures: Tensor, index: int) -> Tensor:
    return torch.full((len(pictures),), index, device=pictures.device)
