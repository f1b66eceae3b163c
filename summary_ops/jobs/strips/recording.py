"""Adversarial strips of a recorder's probe set, into an event file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import torch
from torch import Tensor

from summary_ops.images.pixels import example
from summary_ops.jobs.job import normalization_of, write_job
from summary_ops.jobs.strips import pictures
from summary_ops.jobs.strips.making import StripOptions, adversarial_strips
from summary_ops.jobs.strips.measure import Wanted
from summary_ops.jobs.strips.strip import Strip
from summary_ops.network.calling import invoke
from summary_ops.network.isolation import isolation
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.schedule import step_number
from summary_ops.tasks.class_names import several
from tb_plugin_neural.contract.what_if_records import AdversarialStrip

if TYPE_CHECKING:
    from summary_ops.probe.probe_set import ProbeSet
    from summary_ops.recorder import Recorder

BATCH = 16


def add_adversarial_strips(
    writer: Any,
    recorder: Recorder,
    instances: int | Sequence[int],
    *,
    step: int,
    targets: Wanted | Sequence[Wanted] | None = None,
    **options: Unpack[StripOptions],
) -> None:
    """Write what `adversarial_strips` makes of instances of a recorder's probe set.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model, as it is now, its layers and probe set are meant.
        instances: numbers of instances of the probe set.
        step: of the record; where the run records the same step, call this after it has.
        targets: of every instance. By default, for an instance that is misclassified, the predicted
            class and the true one; for others the class that comes second.
        options: of `adversarial_strips`; by default the layers, their reduction and the prediction
            are the recorder's, and the normalization is the probe set's.

    Raises:
        ValueError: the recorder has no probe set of images or no such instance, its task has no
            classes that exclude each other, or an argument does not fit.

    Example:
        >>> add_adversarial_strips(
        ...     writer, recorder, [0], step=0, targets=1, steps=4, progress=False
        ... )
    """
    step, chosen = step_number(step), [int(number) for number in several(instances)]
    write_job(
        writer,
        recorder,
        lambda: ((step, *row) for row in _rows(recorder, chosen, targets, options)),
    )


def _rows(
    recorder: Recorder,
    instances: Sequence[int],
    targets: Wanted | Sequence[Wanted] | None,
    options: StripOptions,
) -> Iterator[tuple[str, AdversarialStrip]]:
    probe, images = chosen_of(recorder, instances)
    if not instances:
        return
    mean, std = normalization_of(recorder, options.get("mean"), options.get("std"))
    questions: list[tuple[int, Wanted]]
    if targets is None:
        questions = _questions(probe, instances, logits_of(recorder, images, options.get("device")))
    else:
        questions = [(instance, target) for instance in instances for target in several(targets)]
    row_of = {instance: row for row, instance in enumerate(instances)}
    own: StripOptions = {**_options(recorder.pipeline.network), **options, "mean": mean, "std": std}
    for start in range(0, len(questions), BATCH):
        part = questions[start : start + BATCH]
        strips = adversarial_strips(
            recorder.model,
            images[[row_of[instance] for instance, _ in part]],
            [target for _, target in part],
            labels=[probe.labels[instance] for instance, _ in part],
            **own,
        )
        for (instance, _), strip in zip(part, strips, strict=True):
            yield f"{instance} {strip.target} {strip.norm}", record(strip, probe, instance)


def chosen_of(recorder: Recorder, instances: Sequence[int]) -> tuple[ProbeSet, Tensor]:
    """Return the probe set of a recorder with classes, and some of its images.

    Raises:
        ValueError: there is none, or no such instance, or the task is another.
    """
    task = recorder.pipeline.network.task
    if not task.exclusive:
        raise ValueError(
            f"a recorder of task {task.name!r}: what speaks for a class can be "
            "asked of tasks 'multiclass' and 'binary'"
        )
    probe = recorder.probe
    if probe is None or not isinstance(probe.inputs, Tensor) or probe.inputs.ndim != 4:
        raise ValueError("no images to ask about: make the recorder with probe=ProbeSet(images)")
    missing = [instance for instance in instances if not 0 <= instance < len(probe)]
    if missing:
        raise ValueError(f"instance {missing[0]} of a probe set of {len(probe)}")
    return probe, probe.inputs[list(instances)]


def logits_of(recorder: Recorder, inputs: Tensor, device: torch.device | str | None) -> Tensor:
    """Return the model's logits for some inputs, `[N, classes]`, on the CPU."""
    model = recorder.model
    like = example(model, device)
    with isolation.differentiating(model), torch.no_grad():
        parts = [
            recorder.pipeline.network.class_scores(invoke(model, part.to(like)))
            for part in torch.split(inputs, BATCH)
        ]
    return torch.cat([part.cpu() for part in parts])


def record(strip: Strip, probe: ProbeSet, instance: int) -> AdversarialStrip:
    """Make the record of an instance's strip."""
    return AdversarialStrip(
        name=probe.names[instance],
        probe=probe.hash,
        instance=instance,
        label=strip.label,
        target=strip.target,
        norm=strip.norm,
        radius=strip.radius,
        smoothing=strip.smoothing,
        seed=strip.seed,
        flip=strip.flip,
        classes=strip.classes,
        layers=strip.layers,
        effect=strip.effect.numpy(),
        probability=strip.probability.numpy(),
        l2=strip.l2.numpy(),
        linf=strip.linf.numpy(),
        control_effect=strip.control_effect.numpy(),
        control_probability=strip.control_probability.numpy(),
        frame=strip.frame.numpy().astype(np.uint32),
        prediction=strip.prediction.numpy().astype(np.uint32),
        factor=pictures.factors(strip).numpy(),
        unit=strip.unit.numpy().astype(np.uint32),
        activation=strip.activation.numpy(),
        pictures=pictures.draw(strip),
    )


def _options(network: RecordedNetwork) -> StripOptions:
    """Return the options of a recorder that strips share."""
    return {
        "classes": network.classes,
        "layers": list(network.layers),
        "reduction": network.reduction,
        "unit_axis": network.unit_axes,
        "output": network.class_scores,
    }


def _questions(
    probe: ProbeSet, instances: Sequence[int], scores: Tensor
) -> list[tuple[int, Wanted]]:
    """Instances beside the classes that they are changed towards by default."""
    best = scores.topk(2, 1).indices.tolist()
    found: list[tuple[int, Wanted]] = []
    for instance, (first, second) in zip(instances, best, strict=True):
        label = probe.labels[instance]
        wrong = 0 <= label < scores.shape[1] and label != first
        found += [(instance, target) for target in ([first, label] if wrong else [second])]
    return found
