"""Areas under ROC curves and their intervals, against scikit-learn, SciPy and what is known."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from summary_ops.jobs.attack_report import noise
from summary_ops.jobs.attack_report.areas import AT_ONCE, areas
from tb_plugin_neural.analysis.verdicts import verdicts

OPTIONS = {"resamples": 400, "level": 0.95, "seed": 1}
SCORES = st.lists(st.sampled_from([-1.5, 0.0, 0.0, 0.25, 1.0, 7.0]), min_size=1, max_size=30)


@settings(max_examples=30)
@given(SCORES, SCORES)
def test_the_area_is_that_of_scikit_learn_also_with_ties(positive, negative):
    label = [1] * len(positive) + [0] * len(negative)
    expected = roc_auc_score(label, [*positive, *negative])
    options = {**OPTIONS, "resamples": 3}
    found = areas(np.array(positive)[:, None], np.array(negative)[:, None], **options)
    np.testing.assert_allclose(found.value, [expected], atol=1e-12)


def gaussians(shift: float, columns: int, size: int = 60) -> list[np.ndarray]:
    random = np.random.default_rng(5)
    return [random.normal(at, 1, (size, columns)) for at in (shift, 0)]


@pytest.mark.parametrize("area", [0.5, 0.76, 0.97])
@pytest.mark.parametrize("size", [30, 100])
def test_intervals_cover_the_true_area_as_often_as_they_say(area, size):
    shift = np.sqrt(2) * scipy.stats.norm.ppf(area)
    found = areas(*gaussians(shift, 600, size), **OPTIONS)
    covered = ((found.low <= area) & (area <= found.high)).mean()
    assert 0.93 <= covered <= 0.98


def test_intervals_lie_within_0_and_1_and_hold_their_area():
    random = np.random.default_rng(3)
    apart = random.random((40, 1)) + 2, random.random((50, 1))
    for sides in (apart, apart[::-1]):
        found = areas(*sides, **OPTIONS)
        assert 0 < found.low[0] < found.high[0] < 1
        assert found.value[0] in (0, 1)
        assert min(abs(found.low[0] - found.value[0]), abs(found.high[0] - found.value[0])) < 0.01


def test_deviations_are_those_of_scipy_s_bootstrap_up_to_the_draws():
    positive, negative = gaussians(0.8, 1)

    def log_odds(x, y, axis):
        assert axis == -1
        area = (x[..., :, None] > y[..., None, :]).mean((-1, -2))
        return np.log(area / (1 - area))

    expected = scipy.stats.bootstrap(
        (positive[:, 0], negative[:, 0]), log_odds, n_resamples=3000, method="percentile",
        rng=np.random.default_rng(0), batch=500,
    ).standard_error  # fmt: skip
    found = areas(positive, negative, resamples=3000, level=0.95, seed=2)
    odds = [np.log(end / (1 - end))[0] for end in (found.low, found.high)]
    assert (odds[1] - odds[0]) / 2 / 1.96 == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("columns", [1, 20, 200])
def test_groups_that_do_not_differ_show_no_detection_however_many_there_are(columns):
    told = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        sides = random.normal(size=(100, columns)), random.normal(size=(80, columns))
        found = areas(*sides, resamples=100, level=0.95, seed=1)
        (words,) = verdicts(found.low[None], found.high[None], 0.95)
        told += len(words) > words.count("none")
    assert told <= 4  # of 20 reports at 5 % each: more than four in one of 400 trials


def test_what_differs_is_told_by_its_direction():
    found = areas(*gaussians(0.9, 30), **OPTIONS)
    assert verdicts(found.low[None], found.high[None], 0.95) == [["detects"] * 30]
    turned = 1 - found.high[None], 1 - found.low[None]
    assert verdicts(*turned, 0.95) == [["reversed"] * 30]
    assert verdicts(np.full((2, 1), np.nan), np.full((2, 1), np.nan), 0.95) == [["none"]] * 2


def test_verdicts_are_those_of_scipy_s_false_discovery_control():
    z = np.random.default_rng(4).normal(0.5, 2, (6, 40))
    ends = [scipy.special.expit(z - 1.959964), scipy.special.expit(z + 1.959964)]
    adjusted = scipy.stats.false_discovery_control(2 * scipy.stats.norm.sf(abs(z)), axis=None)
    told = np.array(verdicts(*ends, 0.95)) != "none"
    np.testing.assert_array_equal(told, adjusted.reshape(z.shape) <= 0.05)
    assert 0 < told.sum() < (abs(z) > 1.96).sum()


def test_resamples_are_the_same_for_the_same_seed_however_they_are_batched(monkeypatch):
    positive, negative = gaussians(0.5, 4)
    whole = areas(positive, negative, **OPTIONS)
    again = areas(positive[:, :1], negative[:, :1], **OPTIONS)
    np.testing.assert_array_equal([part[:1] for part in whole], again)
    monkeypatch.setattr("summary_ops.jobs.attack_report.areas.AT_ONCE", 50 * 120)
    assert AT_ONCE > 50 * 120
    np.testing.assert_allclose(areas(positive, negative, **OPTIONS).low, whole.low, atol=0.02)


def test_without_inputs_or_with_a_score_that_is_unknown_there_is_no_area():
    positive, negative = gaussians(1.0, 2)
    assert np.isnan(areas(positive[:0], negative, **OPTIONS)).all()
    negative[3, 1] = np.nan
    found = areas(positive, negative, **OPTIONS)
    assert np.isfinite([part[0] for part in found]).all()
    assert np.isnan([part[1] for part in found]).all()


class TestNoise:
    PIXELS = torch.rand(20, 3, 8, 8, generator=torch.Generator().manual_seed(0)).round(decimals=1)

    def test_it_has_the_norm_that_is_asked_for_within_the_range(self):
        norms = torch.linspace(0.01, 4, 20)
        found = noise.gaussian(self.PIXELS, norms, (0, 1), seed=3)
        torch.testing.assert_close(
            (found - self.PIXELS).flatten(1).norm(dim=1), norms, rtol=1e-4, atol=0
        )
        assert 0 <= found.min() <= found.max() <= 1

    def test_it_is_gaussian_where_nothing_is_clipped(self):
        grey = torch.full((50, 1, 8, 8), 0.5)
        found = noise.gaussian(grey, torch.full((50,), 0.4), (0, 1), seed=3) - grey
        assert scipy.stats.kstest(found.flatten() / found.std(), "norm").pvalue > 0.05

    def test_what_cannot_be_reached_is_gone_towards_as_far_as_it_goes(self):
        found = noise.gaussian(self.PIXELS, torch.full((20,), 99.0), (0, 1), seed=3)
        assert ((found == 0) | (found == 1)).float().mean() > 0.99

    def test_no_change_is_none(self):
        assert torch.equal(noise.gaussian(self.PIXELS, torch.zeros(20), (0, 1), 0), self.PIXELS)
