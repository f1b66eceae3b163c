"""Measure the detection of attacks by the distance from a class, beside logits."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from sklearn.datasets import load_digits

from benchmarks import importance
from benchmarks.report import Figure, Section
from summary_ops import Recorder, attack_report
from tb_plugin_neural.analysis.verdicts import verdicts
from tb_plugin_neural.contract.what_if_records import AttackReport

COMMAND = "python -m benchmarks.attack_report"
SEEDS, TRAINED_ON, REFERENCE = 5, 800, 1300
STRENGTHS = (0.1, 0.25)
SCORES = {
    "max_softmax": "max-softmax",
    "tail": "tail",
    "surprisal": "surprisal",
    "robust_z": "robust z",
}
LEFT_OUT = "noise as FGSM linf"  # told alike by what PGD's noise is told by


def report(seed: int) -> AttackReport:
    """Return a network trained with a seed, attacked on digits that nothing was made of."""
    found = load_digits()
    images = torch.tensor(found.images, dtype=torch.float32)[:, None] / 16
    labels = torch.tensor(found.target)
    model = importance.trained(seed, images[:TRAINED_ON], labels[:TRAINED_ON])
    classes = [str(index) for index in range(importance.CLASSES)]
    return attack_report(
        Recorder(model, classes=classes, graph=None, verbose=False),
        images[REFERENCE:],
        labels[REFERENCE:],
        reference=(images[:REFERENCE], labels[:REFERENCE]),
        strengths=STRENGTHS,
        seed=seed,
        progress=False,
    )


def figures(reports: Sequence[AttackReport]) -> Iterator[Figure]:
    """Yield, for each group, the area of each score in the median of the seeds."""
    first = reports[0]
    for row, name in enumerate(first.groups):
        if name == LEFT_OUT:
            continue
        strength = "" if np.isnan(first.strength[row]) else f" {first.strength[row]:g}"
        for measure, said in SCORES.items():
            column = first.measures.index(measure)  # the baseline's, or the mean's of all layers
            values = [float(r.auroc[row, column]) for r in reports]
            words = [verdicts(r.low, r.high, r.level)[row][column] for r in reports]
            seeds = words.count("detects")
            note = f"{min(values):.2f} to {max(values):.2f}; detects with {seeds} of {SEEDS} seeds"
            if first.of[row] == "attack" and measure == "max_softmax":
                rates = [r.positives[row] / r.inputs[row] for r in reports]
                note += f"; {min(rates):.0%} to {max(rates):.0%} of the attacks succeed"
            yield Figure(f"{name}{strength}: {said}", statistics.median(values), "AUROC", note=note)


def measure() -> Section:
    """Train, attack, and compare."""
    torch.set_num_threads(1)
    reports = [report(seed) for seed in range(SEEDS)]
    return Section("Telling attacks from benign inputs", COMMAND, METHOD, list(figures(reports)))


METHOD = (
    "The network of the importance benchmark, trained on 800 of scikit-learn's digits with 5 "
    "seeds; medians and ranges over these. Distances are means over all recorded layers and "
    "units, from the distribution of the predicted class over 1,300 digits, those 800 among them. "
    "Of the other 497 half of the rightly predicted ones are attacked; the other half stand for "
    "benign inputs. Strengths are L∞ radii, pixels go from 0 to 1; a score detects where its 95 % "
    "bootstrap interval lies above 0.5. Benign errors, and Gaussian noise of the same L2 norm as "
    "PGD's change, are no attacks: a detector of attacks would leave them near 0.5.\n\n"
    "Where the network is unsure of what fools it (radius 0.1), distances tell attacks no better "
    "than max-softmax. Where it is sure (PGD, radius 0.25), max-softmax is near chance and "
    "distances are not. But they tell noise of that size, and errors, as well: what they detect "
    "here is the unusual, not the attack."
)

if __name__ == "__main__":
    print(measure().markdown())
