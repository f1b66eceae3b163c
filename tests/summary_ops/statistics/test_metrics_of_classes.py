from __future__ import annotations

import numpy as np
import torch
from sklearn import metrics as reference

from summary_ops.statistics.class_metrics import (
    CONFUSION_LIMIT,
    PROBABILITY_BINS,
    ClassMetrics,
)

CLASSES = 5


def classified(size: int = 400) -> tuple[torch.Tensor, torch.Tensor]:
    probabilities = (2 * torch.randn(size, CLASSES)).softmax(1)
    return probabilities, torch.randint(-1, CLASSES, (size,))


def test_confusion_and_counts_are_those_of_sklearn() -> None:
    probabilities, labels = classified()
    metrics = ClassMetrics.empty(CLASSES, confusion=True)
    for rows in torch.arange(len(labels)).split(33):
        metrics.update_classes(probabilities[rows], labels[rows])
    known = labels >= 0
    true, guess = labels[known].numpy(), probabilities.argmax(1)[known].numpy()
    matrix = reference.confusion_matrix(true, guess, labels=range(CLASSES))
    np.testing.assert_array_equal(metrics.confusion, matrix)
    np.testing.assert_array_equal(metrics.inputs, matrix.sum(1))
    np.testing.assert_array_equal(metrics.predicted, matrix.sum(0))
    np.testing.assert_array_equal(metrics.correct, np.diag(matrix))
    assert metrics.total.tolist() == [len(labels), int((~known).sum())]
    best = probabilities.max(1).values[known].numpy()
    for row in range(CLASSES):
        want, _ = np.histogram(best[true == row], PROBABILITY_BINS, (0, 1))
        np.testing.assert_array_equal(metrics.probability[row], want)


def test_labels_are_counted_as_sklearn_counts_them() -> None:
    probabilities = torch.rand(300, CLASSES)
    labels = torch.randint(0, 2, (300, CLASSES))
    metrics = ClassMetrics.empty(CLASSES, confusion=False)
    metrics.update_labels(probabilities, labels)
    matrices = reference.multilabel_confusion_matrix(labels.numpy(), (probabilities > 0.5).numpy())
    true_positives = matrices[:, 1, 1]
    np.testing.assert_array_equal(metrics.correct, true_positives)
    np.testing.assert_array_equal(metrics.inputs, true_positives + matrices[:, 1, 0])
    np.testing.assert_array_equal(metrics.predicted, true_positives + matrices[:, 0, 1])
    assert metrics.confusion.shape == (CLASSES, 0)


def test_errors_of_regression_are_those_of_sklearn() -> None:
    targets, outputs = 100 + torch.randn(2, 250)
    rows = torch.randint(0, 4, (250,))
    metrics = ClassMetrics.empty(4, confusion=False)
    metrics.update_errors(outputs, targets, rows)
    for row in range(4):
        true, guess = targets[rows == row].double(), outputs[rows == row].double()
        count = int(metrics.inputs[row])
        assert count == len(true)
        mean = metrics.errors[:, row] / count
        np.testing.assert_allclose(mean[0], reference.mean_absolute_error(true, guess), rtol=1e-9)
        np.testing.assert_allclose(mean[1], reference.mean_squared_error(true, guess), rtol=1e-9)


def test_what_is_nan_predicts_nothing_but_is_counted() -> None:
    nan = torch.full((3, CLASSES), torch.nan)
    metrics = ClassMetrics.empty(CLASSES, confusion=True)
    metrics.update_classes(nan, torch.tensor([0, 1, -1]))
    metrics.update_labels(nan, torch.zeros(3, CLASSES))
    metrics.update_errors(nan[:, 0], torch.zeros(3), torch.zeros(3, dtype=torch.long))
    for predicted in (metrics.correct, metrics.predicted, metrics.confusion, metrics.probability):
        assert not predicted.any()
    assert metrics.inputs.tolist() == [4, 1, 0, 0, 0]
    assert metrics.total.tolist() == [9, 1]
    assert torch.isfinite(metrics.errors).all()


def test_an_empty_batch_counts_nothing() -> None:
    metrics = ClassMetrics.empty(CLASSES, confusion=True)
    metrics.update_classes(torch.empty(0, CLASSES), torch.empty(0, dtype=torch.long))
    assert not any(part.any() for part in vars(metrics).values())


def test_the_confusion_of_very_many_classes_is_left_out() -> None:
    metrics = ClassMetrics.empty(CONFUSION_LIMIT + 1, confusion=True)
    metrics.update_classes(torch.rand(4, CONFUSION_LIMIT + 1), torch.tensor([0, 7, 2048, -1]))
    assert metrics.confusion.shape == (CONFUSION_LIMIT + 1, 0)
    assert metrics.inputs.sum() == 3
