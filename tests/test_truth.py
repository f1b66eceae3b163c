"""The truth benchmark ablates what it says it ablates."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import TensorDataset

from benchmarks import truth

DIGITS = load_digits()
IMAGES = torch.tensor(DIGITS.images[:300, None], dtype=torch.float32) / 16
LABELS = torch.tensor(DIGITS.target[:300])
LAYERS = ("1", "4", "5")


@pytest.fixture(scope="module")
def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(216, 24),
        nn.ReLU(),
        nn.Linear(24, 10),
    ).eval()


@pytest.fixture(scope="module")
def means(model) -> truth.Means:
    return truth.mean_activations(model, TensorDataset(IMAGES, LABELS), LAYERS)


def test_means_are_over_images_and_positions(model, means):
    with torch.no_grad():
        maps = model[1](model[0](IMAGES)).double().numpy()
    np.testing.assert_allclose(means.overall["1"], maps.mean((0, 2, 3)), rtol=1e-5)
    cats = maps[DIGITS.target[:300] == 3]
    np.testing.assert_allclose(means.by_class["1"][3], cats.mean((0, 2, 3)), rtol=1e-5)


def test_ablating_hidden_units_takes_their_weighted_deviation_from_the_logits(model, means):
    """Exact, for the logits are linear in the last hidden layer."""
    hidden = model[:5]
    units = [("4", 2), ("4", 7)]
    images = IMAGES[LABELS == 5]
    found = truth.effect(model, images, 5, units, means)
    with torch.no_grad():
        away = hidden(images).mean(0) - means.overall["4"]
        fall = (model[5].weight[:, [2, 7]] * away[[2, 7]]).sum(1)
    assert found.own == pytest.approx(float(fall[5]), abs=1e-5)
    assert found.others == pytest.approx(float(fall[torch.arange(10) != 5].mean()), abs=1e-5)
    assert len(found.drawn) == truth.DRAWS


def test_an_ablated_map_is_its_mean_everywhere_and_only_while_ablating(model, means):
    before = model(IMAGES)
    seen = []
    with truth.ablating(model, [("1", 4)], means.overall):
        handle = model[1].register_forward_hook(lambda _m, _i, output: seen.append(output))
        model(IMAGES)
        handle.remove()
    (maps,) = seen
    assert torch.equal(maps[:, 4], means.overall["1"][4].expand_as(maps[:, 4]))
    with torch.no_grad():
        whole = model[1](model[0](IMAGES))
    others = [0, 1, 2, 3, 5]
    assert torch.equal(maps[:, others], whole[:, others])
    assert not torch.equal(maps[:, 4], whole[:, 4])
    assert torch.equal(model(IMAGES), before)


def test_similar_units_are_others_of_the_same_layers_with_near_means(means):
    units = [("1", 0), ("1", 3), ("4", 1), ("4", 2), ("4", 3)]
    values = means.by_class["4"][7]
    for seed in range(20):
        drawn = truth.similar(units, means, 7, np.random.default_rng(seed))
        assert [layer for layer, _ in drawn] == [layer for layer, _ in units]
        assert len({*drawn, *units}) == 10
        for (_, mine), (_, other) in list(zip(units, drawn, strict=True))[2:]:
            nearer = (values - values[mine]).abs() < (values[other] - values[mine]).abs()
            assert int(nearer.sum()) <= truth.NEAREST + len(units)
