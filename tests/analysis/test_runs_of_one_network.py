import dataclasses

import numpy as np
import pytest
import torch
from recorded import histogram
from sklearn.datasets import load_digits

from tb_plugin_neural.analysis.divergence import compare
from tb_plugin_neural.analysis.histogram import take_units
from tb_plugin_neural.analysis.unit_matching import match

PROBE = 256
HIDDEN = (2, 4)
OUTPUT = 5


@pytest.fixture(scope="module")
def digits():
    images, labels = load_digits(return_X_y=True)
    return torch.tensor(images / 16), torch.tensor(labels)


def trained(seed, digits):
    images, labels = digits
    torch.manual_seed(seed)
    model = torch.nn.Sequential(
        torch.nn.Linear(64, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 10),
    ).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    return model


@pytest.fixture(scope="module")
def runs(digits):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield trained(0, digits), trained(1, digits)
    torch.set_num_threads(threads)


def activations(model, depth, digits):
    with torch.no_grad():
        return model[:depth](digits[0]).numpy()


def permuted_copy(model, orders):
    """The same function with the hidden units of both layers in another order."""
    copy = torch.nn.Sequential(*(type(m)(*_shape(m)) for m in model)).double()
    first, second = orders
    weights = model.state_dict()
    weights["0.weight"], weights["0.bias"] = weights["0.weight"][first], weights["0.bias"][first]
    weights["2.weight"] = weights["2.weight"][second][:, first]
    weights["2.bias"] = weights["2.bias"][second]
    weights["4.weight"] = weights["4.weight"][:, second]
    copy.load_state_dict(weights)
    return copy


def _shape(module):
    return [module.in_features, module.out_features] if hasattr(module, "in_features") else []


def test_a_channel_permuted_copy_is_matched_entirely_and_differs_nowhere(runs, digits):
    orders = [torch.randperm(64, generator=torch.Generator().manual_seed(i)) for i in (7, 8)]
    copy = permuted_copy(runs[0], orders)
    for depth, order in zip(HIDDEN, orders, strict=True):
        a, b = activations(runs[0], depth, digits), activations(copy, depth, digits)
        found = match(a[:PROBE], b[:PROBE])
        alive = a[:PROBE].std(axis=0) > 0
        assert alive.sum() > 32
        np.testing.assert_array_equal(found.index >= 0, alive)
        np.testing.assert_array_equal(order.numpy()[found.index[alive]], np.flatnonzero(alive))
        difference = compare(histogram(a), take_units(histogram(b), found.index))
        for spec in dataclasses.fields(difference):
            values = getattr(difference, spec.name)
            np.testing.assert_allclose(values[alive], 0, atol=1e-9)
            assert np.isnan(values[~alive]).all()


def test_two_seeds_are_not_reported_as_different_everywhere(runs, digits):
    for depth in HIDDEN:
        a, b = (activations(model, depth, digits) for model in runs)
        found = match(a[:PROBE], b[:PROBE])
        matched = found.index >= 0
        by_index = compare(histogram(a), histogram(b)).wasserstein
        by_match = compare(histogram(a), take_units(histogram(b), found.index)).wasserstein
        assert 0.6 < matched.mean() < 1
        np.testing.assert_array_equal(np.isnan(by_match), ~matched)
        assert by_match[matched].mean() < 0.75 * by_index[matched].mean()
        assert (by_match[matched] > 1).mean() < 0.3
        assert (by_match[matched] > 1).mean() < 0.6 * (by_index > 1).mean()


def test_the_units_that_stand_for_classes_find_themselves_in_another_run(runs, digits):
    a, b = (activations(model, OUTPUT, digits) for model in runs)
    found = match(a[:PROBE], b[:PROBE])
    np.testing.assert_array_equal(found.index, np.arange(10))
    assert (found.correlation > 0.85).all()
