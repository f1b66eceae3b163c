"""Numbers of layers against scikit-learn and NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.feature_selection import f_classif

from tb_plugin_neural.analysis.layer_health import (
    Spread,
    chance,
    change,
    change_of_samples,
    dead_share,
    separability,
)


def spread(groups):
    """Moments of some groups of activations `[inputs, units]`, rounded as records are."""
    with np.errstate(invalid="ignore"):
        return Spread(
            np.array([[len(group)] * group.shape[1] for group in groups]),
            np.stack(
                [np.float32(group.mean(0)) if len(group) else group.sum(0) for group in groups]
            ),
            np.stack(
                [np.float32(group.std(0)) if len(group) else group.sum(0) for group in groups]
            ),
        )


def whole(values):
    one = spread([np.asarray(values, np.float64)])
    return Spread(one.count[0], one.mean[0], one.std[0])


def eta_squared(values, labels):
    """From scikit-learn's F of a one-way analysis of variance."""
    classes, inputs = len(set(labels)), len(labels)
    f = f_classif(values, labels)[0]
    return f * (classes - 1) / (f * (classes - 1) + inputs - classes)


def test_separability_is_that_of_an_analysis_of_variance_of_real_pixels():
    pixels, labels = load_digits(return_X_y=True)
    varying = pixels.std(0) > 0
    assert not varying.all()
    found = separability(spread([pixels[labels == label] for label in range(10)]))
    expected = eta_squared(pixels[:, varying], labels).mean()
    assert found == pytest.approx(expected, rel=1e-6)


@given(st.integers(0, 50), st.integers(2, 6), st.floats(-1e4, 1e4))
def test_separability_does_not_depend_on_where_zero_is(seed, classes, offset):
    random = np.random.default_rng(seed)
    labels = np.arange(60) % classes
    values = random.normal(labels[:, None] * random.random(5), 1)
    found = separability(spread([(values + offset)[labels == one] for one in range(classes)]))
    assert found == pytest.approx(eta_squared(values, labels).mean(), rel=2e-3)
    assert 0 <= found <= 1


def test_classes_drawn_at_random_are_separated_by_chance_alone():
    random = np.random.default_rng(0)
    values, labels = random.normal(size=(300, 4000)), np.arange(300) % 10
    found = separability(spread([values[labels == label] for label in range(10)]))
    assert found == pytest.approx(chance(10, 300), rel=0.02)


def test_nothing_is_told_of_one_class_nor_of_units_that_do_not_vary():
    one, other = np.ones((4, 3)), np.full((0, 3), 0.0)
    assert np.isnan(separability(spread([np.arange(12.0).reshape(4, 3), other])))
    assert np.isnan(separability(spread([0.1 * one, 0.1 * one])))
    assert separability(spread([0 * one, 2 * one])) == 1
    assert np.isnan(chance(1, 20))


def test_a_dead_unit_is_zero_on_every_input():
    values = np.array([[0, 0, 1, 5], [0, 2, -1, 5], [0, 0, 0, 5]])
    assert dead_share(whole(values), 3) == 0.25
    assert dead_share(whole(values), 4) == 0, "an input was not finite"
    assert np.isnan(dead_share(whole(values), 0))


def test_change_is_the_distance_of_means_in_pooled_deviations():
    random = np.random.default_rng(1)
    before, after = random.normal(0, 1, (50, 6)), random.normal(3, 2, (70, 6))
    pooled = np.sqrt((50 * before.var(0) + 70 * after.var(0)) / 120)
    expected = (np.abs(after.mean(0) - before.mean(0)) / pooled).mean()
    assert change(whole(before), whole(after)) == pytest.approx(expected, rel=1e-5)
    assert change(whole(before), whole(before)) == 0


def test_units_that_stay_dead_have_not_changed_and_one_that_wakes_has():
    dead, awake = np.zeros((4, 1)), np.array([[0.0], [2.0], [0.0], [2.0]])
    assert change(whole(dead), whole(dead)) == 0
    assert change(whole(dead), whole(awake)) == pytest.approx(1 / np.sqrt(0.5))
    assert np.isnan(change(whole(dead), whole(dead + 1))), "no deviation to measure by"
    assert np.isnan(change(whole(dead), whole(np.zeros((4, 2)))))


def test_two_samples_of_one_distribution_change_by_what_is_told():
    random = np.random.default_rng(2)
    before, after = random.normal(size=(40, 5000)), random.normal(size=(90, 5000))
    expected = change_of_samples(whole(before), whole(after))
    assert change(whole(before), whole(after)) == pytest.approx(expected, rel=0.03)
    assert expected == pytest.approx(np.sqrt(2 / np.pi * (1 / 40 + 1 / 90)))


@pytest.mark.parametrize("dead", [0.0, 0.5, 0.9, 1.0])
def test_dead_units_take_their_part_of_what_is_told(dead):
    random = np.random.default_rng(3)
    before, after = random.normal(size=(400, 4000)), random.normal(size=(400, 4000))
    before[:, : int(dead * 4000)] = after[:, : int(dead * 4000)] = 0
    expected = change_of_samples(whole(before), whole(after))
    assert change(whole(before), whole(after)) == pytest.approx(expected, rel=0.06)
    assert expected == pytest.approx((1 - dead) * np.sqrt(1 / (100 * np.pi)))


def test_nothing_is_told_of_no_sample_nor_of_another_layer():
    nothing = Spread(np.zeros(3, int), np.full(3, np.nan), np.full(3, np.nan))
    assert np.isnan(change_of_samples(nothing, whole(np.ones((4, 3)))))
    assert np.isnan(change_of_samples(whole(np.ones((4, 2))), whole(np.ones((4, 3)))))
