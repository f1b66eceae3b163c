"""What separates the confused instances of a class from its correct ones."""

from __future__ import annotations

import numpy as np
import pytest

from tb_plugin_neural.analysis import confusion


def network(instances, units, seed=0):
    """Rectified activations and the margin that a linear layer makes of them."""
    random = np.random.default_rng(seed)
    x = np.maximum(0, random.normal(0.5, 1, (instances, units)))
    weight = random.normal(0, 1, units)
    return x, weight, x @ weight + 0.7


def test_weights_are_found_where_there_are_more_instances_than_units():
    x, weight, margin = network(200, 30)
    found = confusion.readout(x, margin, np.zeros(30))
    np.testing.assert_allclose(found, weight, atol=2e-3)


def test_with_fewer_instances_a_prior_fills_what_they_leave_open():
    x, weight, margin = network(20, 60)
    random = np.random.default_rng(1)
    prior = weight * random.normal(1, 0.1, 60)
    found = confusion.readout(x, margin, prior)
    assert np.abs(found - weight).mean() < np.abs(prior - weight).mean()
    without = confusion.readout(x, margin, np.zeros(60))
    assert np.abs(found - weight).mean() < np.abs(without - weight).mean() / 3
    np.testing.assert_allclose((x - x.mean(0)) @ found, margin - margin.mean(), atol=0.05)


def test_the_pushes_are_the_difference_of_the_margins():
    x, weight, margin = network(120, 16)
    confused, correct = margin > np.quantile(margin, 0.9), margin < np.quantile(margin, 0.4)
    found = confusion.drive(x, confused, correct, np.zeros(16), margin)
    np.testing.assert_allclose(
        found.push, weight * (x[confused].mean(0) - x[correct].mean(0)), atol=0.01
    )
    assert found.margins == pytest.approx((margin[confused].mean(), margin[correct].mean()))
    assert found.explained == pytest.approx(1, abs=1e-3)


def test_without_logits_the_weights_are_the_prior_and_nothing_is_said_of_the_share():
    x, weight, margin = network(120, 16)
    confused = margin > np.quantile(margin, 0.9)
    found = confusion.drive(x, confused, ~confused, weight)
    np.testing.assert_array_equal(found.weight, weight)
    assert np.isnan(found.explained)
    assert np.isnan(found.margins).all()


def test_contributions_give_weights_where_they_are_known():
    mean = np.array([[1.0, 2.0, 0.0, 4.0], [3.0, 1.0, 0.0, 2.0]])
    weight = np.array([0.5, -2.0, 9.0, 1.0])
    contribution = mean * weight
    contribution[0, 1] = np.nan
    contribution[:, 3] = np.nan
    np.testing.assert_allclose(confusion.weights_of(contribution, mean), [0.5, -2.0, 0.0, 0.0])


def test_the_nearest_instance_is_another_one():
    x = np.array([[0.0, 0.0], [3.0, 4.0], [0.5, 0.0], [0.0, 1.0]])
    assert confusion.nearest(x, 0, np.array([True, True, False, True])) == (3, 1.0)
    assert confusion.nearest(x, 0, np.array([True, False, False, False])) is None
