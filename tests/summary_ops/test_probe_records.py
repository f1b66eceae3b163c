"""8-bit activations and predictions, against their definitions in NumPy and SciPy."""

from __future__ import annotations

import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.special
import torch
from hypothesis import example, given
from hypothesis.extra.numpy import array_shapes

from summary_ops.probe.probe_set import half, predictions, quantize
from summary_ops.probe.records import HUGE
from tb_plugin_neural.contract.records import NOT_FINITE

ANY_FLOAT = st.floats(width=32, allow_nan=True, allow_infinity=True)
ANY_ACTIVATIONS = arrays.arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12), elements=ANY_FLOAT
)
LOGITS = torch.tensor([[1.0, 4.0, -2.0], [0.0, 0.0, 0.5], [80.0, -80.0, 3.0]])


@given(ANY_ACTIVATIONS)
@example(np.array([[-1.4e-45], [1.4e-45]], np.float32))
@example(np.array([[-HUGE], [HUGE]], np.float32))
@example(np.array([[-1.0], [np.nextafter(253, 0)]], np.float32))
def test_a_quantized_activation_is_off_by_at_most_half_a_scale(values):
    record = quantize(torch.tensor(values))
    finite = np.abs(values) <= HUGE
    error = np.abs(record.values().astype(np.float64) - np.where(finite, values, 0))
    rounding = np.abs(np.where(finite, values, 0)) * 2.0**-22
    allowed = np.broadcast_to(record.scale.astype(np.float64) / 2, values.shape) * (1 + 1e-6)
    assert (error <= allowed + rounding)[finite].all()


@given(ANY_ACTIVATIONS)
def test_zero_stays_exactly_zero(values):
    assert (quantize(torch.tensor(values)).values()[values == 0] == 0).all()


@given(ANY_ACTIVATIONS)
def test_levels_keep_the_order_of_a_units_activations(values):
    levels = quantize(torch.tensor(values)).levels.astype(int)
    for unit, own in enumerate(values.T):
        finite = np.flatnonzero(np.abs(own) <= HUGE)
        ordered = finite[np.argsort(own[finite], kind="stable")]
        assert (np.diff(levels[ordered, unit]) >= 0).all()


@given(ANY_ACTIVATIONS)
def test_what_is_not_finite_reads_back_as_nan_and_nothing_else_does(values):
    record = quantize(torch.tensor(values))
    finite = np.abs(values) <= HUGE
    assert np.array_equal(np.isnan(record.values()), ~finite)
    assert np.array_equal(record.levels == NOT_FINITE, ~finite)


def test_a_unit_spends_253_levels_on_its_own_range():
    ramp = torch.linspace(-1, 3, 5000)[:, None] * torch.tensor([[1.0, 1000.0]])
    record = quantize(ramp)
    np.testing.assert_allclose(record.scale, np.array([4, 4000]) / 253, rtol=1e-6)
    assert all(len(np.unique(unit)) >= 253 for unit in record.levels.T)


def test_bfloat16_on_the_graph_is_quantized_as_its_float32():
    values = torch.randn(20, 3, dtype=torch.bfloat16, requires_grad=True)
    plain = quantize(values.detach().float())
    assert np.array_equal(quantize(values).levels, plain.levels)


@given(ANY_ACTIVATIONS)
def test_half_precision_is_numpys(values):
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16).astype(np.float32)
    expected[~np.isfinite(expected)] = np.nan
    np.testing.assert_array_equal(half(torch.tensor(values)).values(), expected)


def test_multiclass_predictions_are_those_of_scipy():
    record = predictions(LOGITS, (1, -1, 2), "multiclass")
    logits = LOGITS.double().numpy()
    chances = scipy.special.softmax(logits, 1)
    assert record.top.tolist() == np.argsort(-logits, 1, kind="stable").tolist()
    np.testing.assert_allclose(record.probability, -np.sort(-chances, 1), atol=1e-6)
    np.testing.assert_allclose(
        record.label_probability, [chances[0, 1], np.nan, chances[2, 2]], atol=1e-6
    )
    np.testing.assert_allclose(record.energy, scipy.special.logsumexp(logits, 1), rtol=1e-6)
    np.testing.assert_allclose(record.margin, [3, 0.5, 77], rtol=1e-6)
    assert record.outputs.shape == (3, 0)


def test_ten_classes_are_kept_of_a_thousand():
    logits = torch.randn(4, 1000)
    record = predictions(logits, [-1] * 4, "multiclass")
    assert record.top.tolist() == logits.argsort(1, descending=True)[:, :10].tolist()


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_a_binary_logit_is_read_as_two_classes(shape):
    logits = torch.tensor([2.0, -1.0, 0.25])
    record = predictions(logits.reshape(shape), (1, 1, 0), "binary")
    chance = scipy.special.expit(logits.numpy())
    assert record.top[:, 0].tolist() == [1, 0, 1]
    np.testing.assert_allclose(
        record.label_probability, [chance[0], chance[1], 1 - chance[2]], rtol=1e-6
    )
    np.testing.assert_allclose(record.energy, np.logaddexp(0, logits.numpy()), rtol=1e-6)
    np.testing.assert_allclose(record.margin, [2, 1, 0.25], rtol=1e-6)


def test_multilabel_outputs_are_a_probability_a_label():
    record = predictions(LOGITS, (0, -1, 1), "multilabel")
    chances = scipy.special.expit(LOGITS.numpy())
    np.testing.assert_allclose(record.outputs, chances, rtol=1e-6)
    np.testing.assert_allclose(
        record.label_probability, [chances[0, 0], np.nan, chances[2, 1]], rtol=1e-6
    )
    assert np.isnan(record.energy).all()
    assert np.isnan(record.margin).all()


def test_regression_keeps_outputs_and_no_classes():
    record = predictions(torch.tensor([1.5, -2.0]), (-1, -1), "regression")
    assert record.outputs.tolist() == [[1.5], [-2.0]]
    assert record.top.shape == (2, 0)
    assert np.isnan(record.label_probability).all()


def test_without_a_task_nothing_is_claimed():
    record = predictions(torch.zeros(2, 0), (0, 1), None)
    assert (record.top.shape, record.outputs.shape) == ((2, 0), (2, 0))
    assert np.isnan(record.energy).all()


@pytest.mark.parametrize("task", ["multiclass", "binary", "multilabel", "regression"])
def test_logits_that_are_not_finite_are_recorded(task):
    logits = torch.tensor([torch.nan, torch.inf, 1.0])
    if task in ("multiclass", "multilabel"):
        logits = logits[:, None].repeat(1, 3)
    assert len(predictions(logits, (0, 1, 5), task).energy) == 3


def test_a_label_the_model_has_no_class_for_has_no_probability():
    assert np.isnan(predictions(LOGITS, (3, 7, 1), "multiclass").label_probability[:2]).all()
