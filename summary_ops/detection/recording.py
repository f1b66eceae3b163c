"""Attack reports of a recorder's model, into an event file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

from summary_ops import distributed
from summary_ops.additions import adding
from summary_ops.attacks import Attack
from summary_ops.attacks.victim import Classes
from summary_ops.detection.attackers import Attacker, Strengths
from summary_ops.detection.report import attack_report
from summary_ops.detection.scores import MEASURES
from summary_ops.pixels import Channels, of_probe
from summary_ops.schedule import step_number

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder


def add_attack_report(
    writer: Any,
    recorder: Recorder,
    images: Tensor,
    labels: Classes,
    *,
    step: int,
    reference: Any,
    attacks: Mapping[str, Attacker | Attack] | None = None,
    strengths: Strengths | None = None,
    measures: str | Sequence[str] = MEASURES,
    bootstrap: int = 1000,
    seed: int = 0,
    mean: Channels = None,
    std: Channels = None,
    **options: Any,
) -> None:
    """Write how well attacks on a recorder's model, as it is now, can be told from benign images.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model and layers are meant.
        images: what the model takes, `[N, channels, height, width]`, best not trained on; some 300
            or more, as half of them are attacked and areas are shown from 30 successes on.
        labels: true classes.
        step: of the record; where the run records the same step, call this after it has.
        reference: `(images, labels)`, or a loader of such batches: what the distributions of all
            classes are made of; none of it may be among `images`.
        attacks: by name, functions or what others have attacked, see `attack_report`; by default
            PGD and FGSM.
        strengths: of all functions, or by name.
        measures: among `tail`, `surprisal` and `robust_z`.
        bootstrap: number of resamples that intervals are made of.
        seed: of all that is drawn.
        mean: how the images were normalised; by default what the recorder's probe set says.
        std: likewise.
        options: further arguments of `attack_report`.

    Raises:
        ValueError: see `attack_report`.
    """
    step = step_number(step)
    if distributed.rank() != 0:
        return
    mean, std = of_probe(recorder.probe, mean, std)
    record = attack_report(
        recorder,
        images,
        labels,
        reference=reference,
        attacks=attacks,
        strengths=strengths,
        measures=measures,
        bootstrap=bootstrap,
        seed=seed,
        mean=mean,
        std=std,
        **options,
    )
    adding(writer, recorder)([("", record)], step)
