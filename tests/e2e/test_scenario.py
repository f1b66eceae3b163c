"""The scenario of the NeuralDivergence paper, clicked through; every number is computed again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually
from tests.e2e.plain_pass import (
    Truth,
    Values,
    assert_order,
    bin_width,
    drawn_edges,
    quantization,
)
from tests.recording import CLASSES

RUN, STEP = "plain", 280
DENSE = ["classifier.1", "classifier.3"]
RED, BLACK = "#d50000", "#000000"
PERMUTATIONS = 200


def test_the_scenario_of_the_paper_shows_what_a_plain_forward_pass_computes(
    either_tensorboard: str, open_at: Open, truth: Truth
) -> None:
    neural = open_at(either_tensorboard, view="distributions")
    neural.choose_a(RUN)
    benign, attacked = truth.benign[0], truth.attacked[0]
    true, taken = classes_of(truth, benign, attacked)
    names = [CLASSES[true], CLASSES[taken]]

    choose_dense_layers(neural)
    choose_subsets(neural, names)
    neural.instance(f"{benign}").click()
    neural.instance(f"{benign} attacked").click()
    eventually(lambda: dots_are_drawn(neural))

    samples = {
        layer: [truth.of_class(RUN, STEP, label)[layer] for label in (true, taken)]
        for layer in DENSE
    }
    probe = truth.instances(RUN, STEP)
    rows = {layer: neural.rows(layer) for layer in DENSE}
    widths = {
        layer: np.array([bin_width(rows[layer][unit]) for unit in sorted(rows[layer])])
        for layer in DENSE
    }
    check_bars_and_dots(rows, samples, probe, (benign, attacked))
    check_sorting_by_instances(neural, probe, (benign, attacked))
    check_sorting_by_medians(neural, samples, names, widths)
    check_sorting_by_divergence(neural, samples, names, widths)
    neural.sort("index", descending=False)
    assert [neural.order(layer) for layer in DENSE] == [list(range(48)), list(range(32))]


def classes_of(truth: Truth, benign: int, attacked: int) -> tuple[int, int]:
    """What the network takes the two instances for."""
    logits = truth.instances(RUN, STEP)["classifier.4"]
    return int(logits[benign].argmax()), int(logits[attacked].argmax())


def choose_dense_layers(neural: Neural) -> None:
    """From another choice, so that each toggle is used."""
    assert neural.layers() == DENSE, "the last two hidden layers are open from the start"
    neural.layer("features.1").hover()
    neural.frame.get_by_role("button", name="Show only features.1").click()
    eventually(lambda: assert_equal(neural.layers(), ["features.1"]))
    for name in DENSE:
        neural.layer(name).click()
    neural.layer("features.1").click()
    eventually(lambda: assert_equal(neural.layers(), DENSE))


def choose_subsets(neural: Neural, names: list[str]) -> None:
    shown = [
        name for name in CLASSES if neural.subset(name).get_attribute("aria-pressed") == "true"
    ]
    assert len(shown) == 2, "two classes are shown from the start"
    for name in shown:
        neural.subset(name).click()
    for name in names:
        neural.subset(name).click()
    neural.settle()


def assert_equal(found: Any, expected: Any) -> None:
    assert found == expected


def dots_are_drawn(neural: Neural) -> None:
    for layer in DENSE:
        row = neural.picture(layer)["rows"][0]
        assert len([mark for mark in row["marks"] if mark["kind"] == "dot"]) == 2


def check_bars_and_dots(
    panels: dict[str, dict[int, Any]],
    samples: dict[str, list[Values]],
    probe: dict[str, Values],
    instances: tuple[int, int],
) -> None:
    for layer, rows in panels.items():
        assert sorted(rows) == list(range(probe[layer].shape[1]))
        checked = sum(
            check_bars(row, [sample[:, unit] for sample in samples[layer]])
            for unit, row in rows.items()
        )
        assert checked > 0.9 * len(rows)
        error = quantization(probe[layer])
        for unit, row in rows.items():
            check_dots(row, probe[layer][:, unit], error[unit], instances)


def check_bars(row: Any, values: list[Values]) -> bool:
    """Each subject's bars hold what falls between their edges; False when one is too close."""
    numbers, edges = drawn_edges(row)
    shares = []
    drawn = []
    for subject, own in enumerate(values):
        near = np.abs(own[own != 0, None] - edges)
        if near.size and near.min() < 1e-5:
            return False
        counts, _ = np.histogram(own[own != 0], edges) if len(edges) > 1 else ([], None)
        bars = {b["bins"][0]: b for b in marks(row, "bar") if b["subject"] == subject}
        assert sum(counts) + (own == 0).sum() == len(own), f"unit {row['unit']}: inputs are missing"
        for first, last, count in zip(numbers[:-1], numbers[1:], counts, strict=True):
            assert (first in bars) == (count > 0), f"unit {row['unit']}: bins {first} to {last}"
            shares.append(count / len(own) / (last - first))
            drawn.append(bars[first]["opacity"] if count else 0.0)
        zeros = [mark["share"] for mark in marks(row, "zero") if mark["subject"] == subject]
        assert zeros == pytest.approx([(own == 0).mean()] if (own == 0).any() else [])
    share = np.array(shares)
    stated = 0.45 + 0.55 * np.sqrt(share / share.max(initial=1e-300))
    np.testing.assert_allclose(drawn, np.where(share > 0, stated, 0), atol=1e-9)
    return True


def check_dots(row: Any, values: Values, error: float, instances: tuple[int, int]) -> None:
    """The benign instance is black, the attacked one red, each at its activation."""
    scale = row["scale"]
    (low, high), (left, right) = scale["domain"], scale["range"]
    dots = {dot["mark"]["instance"]: dot for dot in marks(row, "dot")}
    assert [dots[instance]["mark"]["colour"] for instance in instances] == [BLACK, RED]
    for instance in instances:
        place = left + (values[instance] - low) / (high - low) * (right - left)
        pixels = error / (high - low) * (right - left)
        assert abs(dots[instance]["x"] - place) <= pixels + 1e-3
        assert abs(dots[instance]["value"] - values[instance]) <= error


def check_sorting_by_instances(
    neural: Neural, probe: dict[str, Values], instances: tuple[int, int]
) -> None:
    benign, attacked = instances
    black, red = f"{benign}", f"{benign} attacked (one-pixel attack, 1 pixel)"
    errors = {layer: quantization(probe[layer]) for layer in DENSE}
    for name, instance in ((red, attacked), (black, benign)):
        neural.sort("value", name)
        eventually(lambda at=instance: orders(neural, {x: probe[x][at] for x in DENSE}, errors))
    neural.sort("difference", red, black)
    rises = {layer: probe[layer][attacked] - probe[layer][benign] for layer in DENSE}
    twice = {layer: 2 * error for layer, error in errors.items()}
    eventually(lambda: orders(neural, rises, twice))
    neural.sort("difference", red, black, descending=False)
    eventually(lambda: orders(neural, {x: -rises[x] for x in DENSE}, twice))


def check_sorting_by_medians(
    neural: Neural,
    samples: dict[str, list[Values]],
    names: list[str],
    widths: dict[str, Values],
) -> None:
    medians = {layer: [np.median(s, 0) for s in samples[layer]] for layer in DENSE}
    for place, name in enumerate(names):
        neural.sort("value", name)
        eventually(lambda at=place: orders(neural, {x: medians[x][at] for x in DENSE}, widths))
    neural.sort("difference", *names)
    differences = {layer: medians[layer][0] - medians[layer][1] for layer in DENSE}
    twice = {layer: 2 * width for layer, width in widths.items()}
    eventually(lambda: orders(neural, differences, twice))


def check_sorting_by_divergence(
    neural: Neural,
    samples: dict[str, list[Values]],
    names: list[str],
    widths: dict[str, Values],
) -> None:
    neural.sort("divergence", *names)
    for layer in DENSE:
        one, other = samples[layer]
        n, m = len(one), len(other)
        spread = np.sqrt((n * one.var(0) + m * other.var(0)) / (n + m))
        spread = np.where(spread > 0, spread, 1)
        distance = [wasserstein_distance(*pair) for pair in zip(one.T, other.T, strict=True)]
        chance = by_chance(np.concatenate((one, other)), n)
        width = widths[layer]
        rows = neural.rows(layer)
        order = neural.order(layer)
        telling = [unit for unit in order if rows[unit]["columns"]["telling"]]
        assert order[: len(telling)] == telling, "units that differ beyond noise stand first"
        assert order[len(telling) :] == sorted(order[len(telling) :])
        measured = np.array(distance) / spread
        error = (width / spread)[telling]
        assert len(telling) > 5
        assert_order(list(range(len(telling))), measured[telling], error)
        for unit in order:
            columns = rows[unit]["columns"]
            if chance[unit] > 0:
                wanted = pytest.approx(distance[unit] / chance[unit], rel=0.2, abs=0.4)
                assert float(columns["ratio"]) == wanted
            if columns["telling"]:
                wanted = pytest.approx(measured[unit], rel=0.1, abs=width[unit] / spread[unit])
                assert float(columns["distance"].split()[0]) == wanted


def by_chance(values: Values, n: int) -> Values:
    """Mean Wasserstein distance `[units]` of `n` inputs drawn at random from the others."""
    random = np.random.default_rng(0)
    order = np.argsort(values, 0)
    gaps = np.diff(np.take_along_axis(values, order, 0), axis=0)
    first = random.permuted(np.tile(np.arange(len(values)) < n, (PERMUTATIONS, 1)), axis=1)
    steps = np.where(first, 1 / n, -1 / (len(values) - n))[:, order].cumsum(1)[:, :-1]
    return (np.abs(steps) * gaps).sum(1).mean(0)


def orders(neural: Neural, values: dict[str, Values], errors: dict[str, Values]) -> None:
    for layer in DENSE:
        assert_order(neural.order(layer), values[layer], errors[layer])


def marks(row: Any, kind: str) -> list[Any]:
    return [mark for mark in row["marks"] if mark["kind"] == kind]
