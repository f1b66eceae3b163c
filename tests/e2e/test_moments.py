"""Moments A and B, and runs beside one another: steps, differences, identity of units."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect
from scipy.optimize import linear_sum_assignment

from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually
from tests.e2e.plain_pass import Truth, Values, drawn_edges
from tests.recording import CLASSES, RUNS

LAYER = "classifier.3"
DIGIT = 8
ONE_CLASS = [[f"class:{DIGIT}", DIGIT]]


def same(one: object, other: object) -> None:
    assert one == other


def steps(neural: Neural) -> dict[str, int]:
    """The step of each moment, as the panel's head states it."""
    head = neural.panel(LAYER).locator(".panel-head").inner_text()
    found = re.findall(r"(?:\b([AB]) )?step ([\d,]+)", head)
    return {place or "A": int(step.replace(",", "")) for place, step in found}


def move_a(neural: Neural, key: str) -> None:
    neural.frame.get_by_role("slider", name="Step of A").press(key)


def test_b_within_a_run_is_pinned_or_some_records_before_a(open_page: Open) -> None:
    neural = open_page(a=["plain", "model", 280], layers=[LAYER])
    neural.choose_b("plain")
    eventually(lambda: same(steps(neural), {"A": 280, "B": 0}))
    neural.frame.get_by_label("Step of B").select_option("100")
    eventually(lambda: same(steps(neural), {"A": 280, "B": 100}))
    move_a(neural, "ArrowLeft")
    eventually(lambda: same(steps(neural), {"A": 210, "B": 100}))
    neural.frame.get_by_label("How B follows A").select_option("before")
    eventually(lambda: same(steps(neural), {"A": 210, "B": 150}))
    neural.frame.get_by_label("Records before A").fill("2")
    eventually(lambda: same(steps(neural), {"A": 210, "B": 100}))
    move_a(neural, "ArrowLeft")
    eventually(lambda: same(steps(neural), {"A": 150, "B": 60}))
    neural.frame.get_by_role("button", name="Stop comparing with B").click()
    eventually(lambda: same(steps(neural), {"A": 150}))


def test_runs_with_disjoint_steps_meet_at_the_nearest_earlier_step(open_page: Open) -> None:
    assert not set(RUNS["plain"][2]) & set(RUNS["slow"][2])
    neural = open_page(a=["plain", "model", 100], layers=[LAYER], subsets=ONE_CLASS)
    neural.choose_b("slow")
    found = neural.frame.locator(".link .found")
    expect(found).to_have_text("step 80 (nearest record before 100)")
    eventually(lambda: same(steps(neural), {"A": 100, "B": 80}))
    move_a(neural, "Home")
    expect(found).to_have_text("step 5 (no record before 0)")
    eventually(lambda: same(steps(neural), {"A": 0, "B": 5}))
    move_a(neural, "End")
    neural.frame.get_by_label("How B follows A").select_option("record")
    eventually(lambda: same(steps(neural), {"A": 280, "B": 245}))
    assert "matched" not in neural.panel(LAYER).locator(".panel-head").inner_text()
    labels = [row["label"] for row in neural.picture(LAYER)["rows"]]
    assert all(label.isdigit() for label in labels), "runs from equal weights share their units"


def test_b_is_drawn_from_its_own_run_and_step(open_page: Open, truth: Truth) -> None:
    neural = open_page(a=["plain", "model", 100], layers=[LAYER], subsets=ONE_CLASS)
    neural.choose_b("slow")
    eventually(lambda: same(steps(neural), {"A": 100, "B": 80}))
    samples = [truth.of_class("plain", 100, DIGIT), truth.of_class("slow", 80, DIGIT)]
    checked = 0
    for unit, row in neural.rows(LAYER).items():
        counts = counts_between(row, [sample[LAYER][:, unit] for sample in samples])
        if counts is None:
            continue
        numbers, of_a, of_b = counts
        for first, *expected in zip(numbers[:-1], of_a, of_b, strict=True):
            bars = [b for b in bars_of(row) if b["bins"][0] == first]
            assert [(b["subject"], b["hatched"]) for b in bars] == [
                (subject, subject == 1) for subject in (0, 1) if expected[subject]
            ]
        checked += 1
    assert checked > 20


def test_a_minus_b_shows_the_signed_difference_of_shares(open_page: Open, truth: Truth) -> None:
    b = ["slow", "model", "same", "step"]
    neural = open_page(a=["plain", "model", 100], b=b, layers=[LAYER], subsets=ONE_CLASS)
    neural.tool("A minus B").click()
    eventually(lambda: same(neural.selection()["options"], {"comparison": "minus"}))
    samples = [truth.of_class("plain", 100, DIGIT), truth.of_class("slow", 80, DIGIT)]
    colours: dict[object, set[str]] = {}
    checked = 0
    for unit, row in eventually(lambda: signed_rows(neural)).items():
        counts = counts_between(row, [sample[LAYER][:, unit] for sample in samples])
        if counts is None or len(counts[0]) < 2:
            continue
        numbers, *of_both = counts
        sizes = tuple(len(sample[LAYER]) for sample in samples)
        check_differences(row, numbers, of_both, sizes, colours)
        checked += 1
    assert checked > 20
    assert all(len(used) == 1 for used in colours.values()), colours
    assert len(set.union(*colours.values())) == 3, "more, less, and not to be told from noise"


def signed_rows(neural: Neural) -> dict[int, Any]:
    rows = neural.rows(LAYER)
    assert any(bar["sign"] for row in rows.values() for bar in bars_of(row))
    return rows


def check_differences(
    row: Any,
    numbers: Values,
    counts: tuple[Values, Values],
    sizes: tuple[int, int],
    colours: dict[object, set[str]],
) -> None:
    (of_a, of_b), (n, m) = counts, sizes
    merged = np.diff(numbers)
    difference = of_a / n - of_b / m
    pooled = (of_a + of_b) / (n + m)
    telling = np.abs(difference) > 2 * np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    density = difference / merged
    bars = {bar["bins"][0]: bar for bar in bars_of(row)}
    for at, first in enumerate(numbers[:-1]):
        if abs(difference[at]) < 1e-12:
            assert first not in bars
            continue
        bar = bars[first]
        above = bar["y"] + bar["height"] / 2 < row["height"] / 2
        assert above == (difference[at] > 0), "more at A rises, less at A hangs"
        assert bar["sign"] in (0, np.sign(difference[at]))
        stated = 0.45 + 0.55 * np.sqrt(abs(density[at]) / np.abs(density).max())
        assert bar["opacity"] == pytest.approx(stated, abs=1e-9)
        kind = bool(above) if telling[at] else "noise"
        colours.setdefault(kind, set()).add(bar["colour"])


def counts_between(row: Any, samples: list[Values]) -> tuple[Values, Values, Values] | None:
    """Bin numbers of the edges and each sample's inputs between; None when one is too near."""
    numbers, edges = drawn_edges(row)
    if not len(edges):
        return None
    values = [sample[sample != 0] for sample in samples]
    if min(np.abs(own[:, None] - edges).min(initial=1) for own in values) < 1e-5:
        return None
    one, other = (np.histogram(own, edges)[0] for own in values)
    return numbers, one, other


def bars_of(row: Any) -> list[Any]:
    return [mark for mark in row["marks"] if mark["kind"] == "bar"]


def test_units_of_runs_from_other_weights_are_matched_by_correlation(
    open_page: Open, truth: Truth
) -> None:
    b = ["other seed", "model", "pinned", 150]
    neural = open_page(a=["plain", "model", 280], b=b, layers=[LAYER], subsets=ONE_CLASS)
    expect(neural.panel(LAYER)).to_contain_text("units matched by correlation")
    labels = [row["label"].split("↔") for row in neural.rows(LAYER).values()]
    shown = {int(unit): int(partner) for unit, partner in labels if partner.isdigit()}
    assert len(labels) == 32
    expected = assignment(
        truth.instances("plain", 280)[LAYER], truth.instances("other seed", 150)[LAYER]
    )
    assert len(expected) > 10
    agreeing = sum(shown.get(unit) == partner for unit, partner in expected.items())
    assert agreeing >= 0.9 * len(expected), f"{shown} against {expected}"
    assert len(shown) <= len(expected) + 2


def assignment(one: Values, other: Values) -> dict[int, int]:
    """The units matched one to one by their correlation, where that is at least a half."""
    with np.errstate(invalid="ignore", divide="ignore"):
        both = np.corrcoef(one, other, rowvar=False)[: one.shape[1], one.shape[1] :]
    both = np.nan_to_num(both)
    pairs = zip(*linear_sum_assignment(both, maximize=True), strict=True)
    return {int(u): int(v) for u, v in pairs if both[u, v] >= 0.5}


def test_five_runs_are_lines_over_the_steps_in_the_unit_panel(
    open_page: Open, truth: Truth
) -> None:
    neural = open_page(a=["plain", "model", 280], layers=[LAYER], subsets=ONE_CLASS)
    runs = neural.frame.get_by_role("region", name="Runs")
    for run in RUNS:
        box = runs.get_by_role("checkbox", name=run)
        if run == "plain":
            expect(box).to_be_disabled()
        else:
            box.check()
    neural.panel(LAYER).get_by_role("listbox").focus()
    neural.page.keyboard.press("Enter")
    panel = neural.frame.locator("aside.unit-panel")
    chart = panel.locator(".accuracy svg.line-chart")
    expect(chart.locator("path")).to_have_count(len(RUNS))
    expect(chart.locator("circle")).to_have_count(1)
    for run, (_, _, recorded) in RUNS.items():
        line = chart.locator("path", has=neural.frame.locator(f'title:text("· {run} ·")'))
        path = line.get_attribute("d") or ""
        places = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
        accuracies = [accuracy(truth, run, step) for step in recorded]
        bottom, top = 104 - 16, 6
        expected = [bottom + (top - bottom) * value for value in accuracies]
        assert places == pytest.approx(expected, abs=0.06), run
    expect(panel).to_contain_text("dashed: slow")
    expect(panel).to_contain_text("No line for other seed, third, once: units of runs")


def accuracy(truth: Truth, run: str, step: int) -> float:
    """Share of the class's inputs that are told right."""
    return float((truth.of_class(run, step, DIGIT)["classifier.4"].argmax(1) == DIGIT).mean())


def test_classes_show_their_accuracy_at_a(open_page: Open, truth: Truth) -> None:
    neural = open_page(a=["plain", "model", 60], layers=[LAYER], subsets=ONE_CLASS)
    for label, name in enumerate(CLASSES):
        right = truth.of_class("plain", 60, label)["classifier.4"].argmax(1) == label
        row = neural.subset(name).locator("xpath=..")
        expect(row.locator(".number").first).to_have_text(f"{right.mean():.2f}".removeprefix("0"))
