import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import histogram

from tb_plugin_neural.analysis.histogram import common_lattice, quantiles

Q = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
SAMPLES = st.lists(st.one_of(st.just(0.0), st.floats(-100, 100, width=16)), min_size=1, max_size=40)


@given(SAMPLES, st.sampled_from([4, 64]))
def test_quantiles_are_within_a_bin_of_those_of_the_values(values, bins):
    x = np.array(values)[:, None]
    h = histogram(x, bins=bins)
    expected = np.quantile(x[:, 0], Q, method="inverted_cdf")
    assert np.abs(quantiles(h, Q)[0, 0] - expected).max() <= h.width[0] * (1 + 1e-9)


@given(SAMPLES, SAMPLES, st.floats(-50, 0), st.floats(0, 50))
def test_quantiles_increase_also_where_values_are_outside_the_window(x, y, lower, upper):
    joint = common_lattice(
        [
            histogram(np.array(x)[:, None], window=(lower, upper)),
            histogram(np.array(y)[:, None], window=(lower / 2, upper / 2)),
        ]
    )
    assert (np.diff(quantiles(joint, np.linspace(0, 1, 30)), axis=-1) >= 0).all()


def test_zeros_are_an_atom_between_the_bins_below_and_above():
    h = histogram(np.array([[-1.0], [0.0], [0.0], [0.0], [1.0]]))
    np.testing.assert_array_equal(quantiles(h, [0.25, 0.5, 0.79])[0, 0], 0)
    assert quantiles(h, [0.1])[0, 0, 0] < 0 < quantiles(h, [0.9])[0, 0, 0]


def test_values_in_a_bin_are_spread_evenly():
    h = histogram(np.array([[1.0], [1.1], [1.2], [1.3], [-1.0]]), bins=2)
    np.testing.assert_allclose(quantiles(h, [0.2, 0.4, 0.6, 1])[0, 0], [0, 0.5, 1, 2])


def test_values_outside_the_window_stand_at_their_mean():
    h = histogram(np.array([[-50.0], [-30.0], [1.0], [1.5], [200.0]]), window=(-10, 10))
    low, *_, high = quantiles(h, [0.3, 0.5, 0.9])[0, 0]
    assert (low, high) == (-40, 200)


def test_nothing_has_no_quantiles():
    h = histogram(np.array([[np.nan, 1.0], [np.inf, 2.0]]))
    assert np.isnan(quantiles(h, Q)[0]).all(axis=-1).tolist() == [True, False]


def test_probabilities_beyond_one_are_refused():
    with pytest.raises(ValueError, match="expected probabilities from 0 to 1"):
        quantiles(histogram(np.ones((1, 1))), [95])
