"""Records of removed units and of attack reports, for tests of the reader: told as they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tb_plugin_neural.contract.what_if_records import Ablations, AttackReport

Row = tuple[int, str, int, float, float, int, int]
"""Class, layer, unit, predicted, measured, correct after, taken for."""

ROWS: tuple[Row, ...] = (
    (0, "fc", 2, 1.5, 1.25, 6, 1),
    (0, "fc", 1, -2.0, -1.75, 9, 3),
    (1, "fc", 2, 0.5, 3.0, 2, 0),
)


def ablations(
    rows: Sequence[Row] = ROWS, *, replacement: str = "mean", inputs: int = 10, correct: int = 8
) -> Ablations:
    """Ablations of the classes that rows are of; 3 classes, so that 3 is none of them."""
    classes = sorted({row[0] for row in rows})
    layers = tuple(dict.fromkeys(row[1] for row in rows))

    def counts(values: Sequence[int]) -> np.ndarray:
        return np.array(values, np.uint32)

    return Ablations(
        replacement=replacement,
        subsets=tuple(f"class:{label}" for label in classes),
        layers=layers,
        inputs=counts([inputs] * len(classes)),
        correct=counts([correct] * len(classes)),
        subset=counts([classes.index(row[0]) for row in rows]),
        layer=counts([layers.index(row[1]) for row in rows]),
        unit=counts([row[2] for row in rows]),
        predicted=np.array([row[3] for row in rows], np.float32),
        measured=np.array([row[4] for row in rows], np.float32),
        correct_after=counts([row[5] for row in rows]),
        taken_for=counts([row[6] for row in rows]),
    )


def attack_report(reference: int = 500) -> AttackReport:
    """Three attacks, one of them with too few successes, and a control; two scores."""
    return AttackReport(
        groups=("PGD linf", "PGD linf", "PGD linf", "benign errors"),
        of=("attack", "attack", "attack", "control"),
        measures=("max_softmax", "tail"),
        layers=("", "fc"),
        reference=reference,
        bootstrap=1000,
        level=0.95,
        strength=np.array([0.25, 0.5, 0.125, np.nan], np.float32),
        inputs=np.array([100, 100, 100, 40], np.uint32),
        positives=np.array([30, 80, 29, 40], np.uint32),
        negatives=np.array([90, 90, 90, 90], np.uint32),
        auroc=np.array([[0.75, 0.5], [0.25, 0.625], [0.875, 0.875], [0.5, 0.75]], np.float32),
        low=np.array([[0.5625, 0.375], [0.125, 0.5], [0.75, 0.75], [0.25, 0.625]], np.float32),
        high=np.array([[0.875, 0.625], [0.375, 0.75], [1, 1], [0.75, 0.875]], np.float32),
    )
