"""The attacks of a report: what to call, or what others have attacked, by name and strength."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Unpack

import torch
from torch import Tensor

from summary_ops import attacks as own
from summary_ops.attacks import Attack
from summary_ops.attacks.attack_target import AttackTarget
from summary_ops.images.pixels import PixelOptions
from summary_ops.tasks.class_names import several

Attacker = Callable[..., Attack | Tensor]
"""Called with the model, images, labels, and `eps=` the strength."""

Strengths = float | Sequence[float] | Mapping[str, float | Sequence[float]]

STRENGTHS = tuple(share / 255 for share in (2, 8, 16, 32, 64))
"""Shares of the value range: from mild to such that the model is sure."""


@dataclass(frozen=True)
class Planned:
    """An attack at a strength.

    Attributes:
        strength: NaN for images that were attacked beforehand.
        attack: a function, or its result.
    """

    name: str
    strength: float
    attack: Attacker | Attack

    def images(self, attack_target: AttackTarget, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return which of the images `rows` were attacked, and their altered copies.

        Raises:
            ValueError: the copies do not fit the images.
        """
        if isinstance(self.attack, Attack):
            return _made_of(self.name, self.attack, attack_target, rows)
        found = self.attack(
            attack_target.model,
            attack_target.images[rows],
            attack_target.labels[rows],
            eps=self.strength,
        )
        copies = found.images if isinstance(found, Attack) else found
        expected = attack_target.images[rows].shape
        if not isinstance(copies, Tensor) or copies.shape != expected:
            given = list(copies.shape) if isinstance(copies, Tensor) else type(copies).__name__
            raise ValueError(
                f"attack {self.name!r} gave {given}, expected an Attack, or images of shape "
                f"{list(expected)}"
            )
        return rows, copies.detach().to(attack_target.images)


def plan(
    attacks: Mapping[str, Attacker | Attack] | None,
    strengths: Strengths | None,
    *,
    seed: int,
    **pixels: Unpack[PixelOptions],
) -> list[Planned]:
    """Every attack at every strength.

    Args:
        attacks: by name; by default PGD and FGSM within an L∞ ball.
        strengths: of all functions among the attacks, or by name.
        seed: of PGD's random start.
        pixels: `mean`, `std` and `value_range`.

    Raises:
        ValueError: there are none, or strengths of another attack.
    """
    if attacks is None:
        default: dict[str, Attacker] = {
            "PGD linf": partial(own.pgd, seed=seed),
            "FGSM linf": own.fgsm,
        }
        attacks = {name: partial(attack, **pixels) for name, attack in default.items()}
    low, high = pixels["value_range"]
    usual = [(high - low) * share for share in STRENGTHS]
    if isinstance(strengths, Mapping) and (other := sorted(set(strengths) - set(attacks))):
        raise ValueError(f"strengths of {other[0]!r}; the attacks are {', '.join(attacks)}")
    return list(_planned(attacks, usual if strengths is None else strengths, usual))


def _planned(
    attacks: Mapping[str, Attacker | Attack], strengths: Strengths, usual: Sequence[float]
) -> Iterator[Planned]:
    for name, attack in attacks.items():
        if isinstance(attack, Attack):
            yield Planned(name, float("nan"), attack)
            continue
        chosen = strengths.get(name, usual) if isinstance(strengths, Mapping) else strengths
        yield from (Planned(name, float(strength), attack) for strength in several(chosen))


def _made_of(
    name: str, attack: Attack, attack_target: AttackTarget, rows: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the altered copies of the images `rows` that were passed in."""
    index = attack.index.to(rows)
    fits = bool(((index >= 0) & (index < len(attack_target.images))).all()) and torch.equal(
        attack_target.images[index], attack.benign.to(attack_target.images)
    )
    if not fits:
        raise ValueError(
            f"the benign images of {name!r} are not images[attack.index]; if a part of them was "
            "attacked, pass attack.within(chosen)"
        )
    kept = torch.isin(index, rows)
    return index[kept], attack.images.to(attack_target.images)[kept.cpu()]
