"""The front of the page: five questions, answered within two clicks as a plain pass has it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.e2e.backend import Backend
from tests.e2e.conftest import Open, opened
from tests.e2e.neural_page import Neural, eventually, link
from tests.e2e.plain_pass import LAYERS, Truth
from tests.e2e.test_accessibility import violations
from tests.e2e.test_selection import background, luminance, switch_to_dark
from tests.recording import ASKED, CLASSES, RUNS, digits

STEPS = RUNS[ASKED][2]
LAST, BEFORE = STEPS[-1], STEPS[-2]
A = [ASKED, "model", LAST]
HIDDEN = LAYERS[-2]
WIDER = """() => {
  const main = document.querySelector("main")
  return main.scrollWidth - main.clientWidth
}"""


@pytest.fixture
def front(open_page: Open) -> Neural:
    """The overview of the last record; no click so far."""
    return open_page(view="overview", a=A)


def region(neural: Neural, name: str) -> Locator:
    return neural.frame.get_by_role("region", name=name, exact=True)


def numbers(of: Locator, name: str) -> list[float]:
    """The numbers that elements hold for machines."""
    return [float(x) for x in of.evaluate_all(f"all => all.map(one => one.dataset.{name})")]


def findings(neural: Neural) -> list[dict[str, str]]:
    """Kind, severity, what it is compared with, and sentence of the first findings."""

    def read() -> list[dict[str, str]]:
        shown = region(neural, "Findings").locator(".finding")
        assert shown.count()
        heads, sentences = shown.locator(".finding-head bdi"), shown.locator(".finding-sentence")
        return [
            {
                "kind": shown.nth(at).get_attribute("data-kind") or "",
                "severity": shown.nth(at).get_attribute("data-severity") or "",
                "about": heads.nth(at).inner_text(),
                "sentence": sentences.nth(at).inner_text(),
            }
            for at in range(shown.count())
        ]

    found: list[dict[str, str]] = eventually(read)
    return found


def accuracy(truth: Truth, run: str, step: int) -> float:
    return float((predicted(truth, run, step) == truth.labels).mean())


def predicted(truth: Truth, run: str, step: int) -> Any:
    return truth.everything(run, step)[LAYERS[-1]].argmax(1)


def confusion(truth: Truth, run: str, step: int) -> Any:
    table = np.zeros((10, 10), int)
    np.add.at(table, (truth.labels, predicted(truth, run, step)), 1)
    return table


def test_the_tab_opens_on_the_overview_of_the_newest_run(
    context: BrowserContext, console: list[str], tensorboard: str
) -> None:
    neural = opened(context.new_page(), link(tensorboard))
    expect(neural.frame.get_by_role("tab", name="Overview")).to_have_attribute(
        "aria-selected", "true"
    )
    assert neural.frame.get_by_role("tab").first.inner_text() == "Overview"
    assert neural.in_address()["view"] == "overview"
    assert console == []


def test_a_link_without_a_view_opens_distributions_as_it_did(open_page: Open) -> None:
    neural = open_page(a=A, layers=[HIDDEN])
    assert neural.layers() == [HIDDEN]


def test_is_it_learning(front: Neural, truth: Truth) -> None:
    """No click: accuracy with its interval, its change, the curve, and each class."""
    value = accuracy(truth, ASKED, LAST)
    head = front.frame.locator(".overview-score")
    assert numbers(head.locator("[data-score]"), "score") == pytest.approx([value], abs=1e-6)
    assert f"on {len(truth.labels):,} inputs" in head.inner_text()
    (change,) = numbers(head.locator("[data-change]"), "change")
    assert change == pytest.approx(value - accuracy(truth, ASKED, BEFORE), abs=1e-6)
    good = region(front, "How good")
    expect(good.locator("svg.line-chart path")).to_have_count(1)
    said = predicted(truth, ASKED, LAST)
    expected = [float((said == c)[truth.labels == c].mean()) for c in range(10)]
    assert numbers(good.locator("[data-class]"), "value") == pytest.approx(expected, abs=1e-6)


def test_what_is_dead_or_broken(front: Neural, truth: Truth) -> None:
    """No click: dead units a layer. One click: these units among the distributions."""
    found = truth.everything(ASKED, LAST)
    dead = {layer: np.flatnonzero((found[layer] == 0).all(0)).tolist() for layer in LAYERS}
    assert sum(map(len, dead.values())), "the recorded network has dead units"
    row = region(front, "Layer health").locator("tr[data-state=dead]")
    eventually(lambda: expect(row).to_be_visible())
    for layer, units in dead.items():
        text = row.locator(f'td[data-layer="{layer}"]').inner_text()
        assert int(text.split()[0]) == len(units), layer
    layer, units = next((layer, units) for layer, units in dead.items() if units)
    row.locator(f'td[data-layer="{layer}"] button').click()
    chosen = eventually(lambda: has_view(front, "distributions"))
    assert chosen["marked"] == [[layer, units]]
    assert front.order(layer)[: len(units)] == units or set(units) <= set(front.order(layer))


def has_view(neural: Neural, view: str) -> dict[str, Any]:
    chosen = neural.in_address()
    assert chosen["view"] == view
    return chosen


def test_what_the_last_steps_changed(front: Neural, truth: Truth) -> None:
    """No click: how far each layer moved, classes and confusions, and findings of the change."""
    now, then = (truth.everything(ASKED, step) for step in (LAST, BEFORE))
    row = region(front, "Layer health").locator("tr[data-state=change] td")
    eventually(lambda: expect(row.first).to_be_visible())
    moved = dict(zip(LAYERS, numbers(row, "value"), strict=True))
    for layer in LAYERS:
        shift = np.abs(now[layer].mean(0) - then[layer].mean(0))
        pooled = np.sqrt((now[layer].var(0) + then[layer].var(0)) / 2)
        steps = np.divide(shift, pooled, out=np.zeros_like(shift), where=shift > 0)
        assert moved[layer] == pytest.approx(steps.mean(), rel=0.01), layer
    tables = [confusion(truth, ASKED, step) for step in (LAST, BEFORE)]
    listed = region(front, "Confusions").locator("[data-confusion]")
    for at in range(listed.count()):
        line = listed.nth(at)
        c, d = map(int, (line.get_attribute("data-confusion") or "").split(","))
        assert int(line.get_attribute("data-count") or 0) == tables[0][c, d]
        assert f"({tables[1][c, d]})" in line.inner_text()
    since = [one for one in findings(front) if one["about"] == f"since step {BEFORE}"]
    for one in since:
        assert f"from step {BEFORE} to {LAST}" in one["sentence"]


def test_whether_run_b_is_better_and_why(front: Neural, truth: Truth) -> None:
    """One click compares with the other run: by how much, and the findings of that comparison."""
    button = front.frame.get_by_role("button", name=re.compile("^Compare with"))
    other = button.inner_text().removeprefix("Compare with ")
    button.click()
    step = max(step for step in RUNS[other][2] if step <= LAST)
    difference = accuracy(truth, ASKED, LAST) - accuracy(truth, other, step)

    def is_compared() -> None:
        (change,) = numbers(front.frame.locator(".overview-score [data-change]"), "change")
        assert change == pytest.approx(difference, abs=1e-6)
        assert f"{other}, step {step}" in front.frame.locator(".overview-score").inner_text()

    eventually(is_compared)

    def are_of_the_comparison() -> list[dict[str, str]]:
        found = findings(front)
        assert {one["about"] for one in found} <= {
            f"against {other}, step {step}",
            f"at step {LAST}",
        }
        assert any(one["about"].startswith("against") for one in found)
        return found

    found = eventually(are_of_the_comparison)
    said = [
        truth.instances(run, at)[LAYERS[-1]].argmax(1) for run, at in ((ASKED, LAST), (other, step))
    ]
    plain = slice(0, len(said[0]) - len(truth.benign))
    flipped = int((said[0] != said[1])[plain].sum())
    for one in found:
        if one["kind"] == "instances_flipped":
            assert one["sentence"].startswith(f"{flipped} instances")


def test_why_one_class_is_predicted_as_another(front: Neural, truth: Truth) -> None:
    """One click from the most frequent confusion: the inputs, what is near, and the units."""
    table = confusion(truth, ASKED, LAST)
    np.fill_diagonal(table, 0)
    labels = np.append(digits()[1].numpy()[1000:1120], [-1] * len(truth.benign))
    activations = truth.instances(ASKED, LAST)
    said = activations[LAYERS[-1]].argmax(1)
    order = np.argsort(-table.ravel(), kind="stable")
    pairs = [divmod(int(at), 10) for at in order[:8] if table.ravel()[at]]
    with_instances = [(c, d) for c, d in pairs if ((labels == c) & (said == d)).any()]
    assert with_instances, "a frequent confusion has an instance in the probe set"
    c, d = with_instances[0]
    line = region(front, "Confusions").locator(f'[data-confusion="{c},{d}"]')
    line.get_by_role("button", name="Why").click()
    expect(front.frame.locator(".why h2")).to_have_text(
        f"Why is {CLASSES[c]} predicted as {CLASSES[d]}?"
    )
    told = front.frame.locator("[data-confused]")
    expect(told).to_have_attribute("data-confused", str(table[c, d]))
    confused, correct = (labels == c) & (said == d), (labels == c) & (said == c)
    other = (labels == d) & (said == d)
    rows = region(front, "Confused inputs").locator("tr[data-instance]")
    expect(rows).to_have_count(min(8, int(confused.sum())))
    values = activations[HIDDEN]
    for at in range(rows.count()):
        instance = int(rows.nth(at).get_attribute("data-instance") or -1)
        assert confused[instance]
        away = np.linalg.norm(values - values[instance], axis=1)
        near = [np.where(among, away, np.inf).argmin() for among in (correct, other)]
        named = (
            rows.nth(at)
            .get_by_role("button")
            .evaluate_all("all => all.map(one => Number(/instance (\\d+)/.exec(one.ariaLabel)[1]))")
        )
        assert named == [instance, *near]
    weight = truth.states(ASKED)[LAST]["classifier.4.weight"]
    push = (weight[d] - weight[c]) * (values[confused].mean(0) - values[correct].mean(0))
    units = region(front, "Units that drive it").locator("tr[data-unit]")
    found = dict(zip(numbers(units, "unit"), numbers(units, "push"), strict=True))
    for unit, value in found.items():
        assert value == pytest.approx(push[int(unit)], abs=0.05 * push.max())
    assert next(iter(found)) == push.argmax() or max(found.values()) == pytest.approx(
        push.max(), rel=0.05
    )


def test_a_confused_instance_asks_why_from_any_view(open_page: Open, truth: Truth) -> None:
    instance = int(truth.data["asked"][0])
    label = int(digits()[1][1000 + instance])
    predicted = truth.instances(ASKED, LAST)[LAYERS[-1]][instance].argmax()
    neural = open_page(view="distributions", a=A, layers=[HIDDEN], instances=[instance])
    neural.frame.get_by_label("Filter instances").select_option("shown")
    why = neural.frame.get_by_role("region", name="Instances").get_by_role("button", name="Why")
    expect(why).to_have_count(1)
    why.click()
    expect(neural.frame.locator(".why h2")).to_have_text(
        f"Why is {CLASSES[label]} predicted as {CLASSES[predicted]}?"
    )
    backend = Backend(neural.page.url.split("/#")[0], ASKED)
    strips = [one for one in backend.json("strips")["strips"] if one["instance"] == instance]
    recorded = next(one for one in strips if one["target"] == f"class:{label}")
    frames = region(neural, "Adversarial strip").get_by_role("listitem")
    expect(frames).to_have_count(recorded["frames"])
    said = frames.locator(".name").all_inner_texts()
    assert (said[0], said[-1]) == (CLASSES[predicted], CLASSES[label]), "the confusion is undone"


def test_from_the_causes_there_is_a_way_to_the_graphs_and_back(open_page: Open) -> None:
    neural = open_page(view="overview", a=A, overview={"why": [8, 1]})
    neural.frame.get_by_role("button", name="Show both graphs over each other").click()
    chosen = eventually(lambda: has_view(neural, "graph"))
    assert [key for key, _ in chosen["subsets"]] == ["class:8", "class:1"]
    neural.frame.get_by_role("tab", name="Overview").click()
    neural.frame.get_by_role("button", name="← Overview").click()
    expect(region(neural, "Confusions")).to_be_visible()
    eventually(lambda: explains_nothing(neural))


def test_back_leaves_the_causes_and_forward_shows_them_again(front: Neural) -> None:
    region(front, "Confusions").get_by_role("button", name="Why").first.click()
    head = front.frame.locator(".why h2")
    expect(head).to_be_visible()
    front.page.go_back()
    expect(region(front, "Confusions")).to_be_visible()
    expect(head).to_have_count(0)
    front.page.go_forward()
    expect(head).to_be_visible()


def explains_nothing(neural: Neural) -> None:
    assert "overview" not in has_view(neural, "overview")


def test_all_findings_can_be_filtered_and_saved(front: Neural) -> None:
    first = findings(front)
    front.frame.get_by_role("button", name=re.compile("^All findings")).click()
    table = region(front, "All findings").locator("tbody tr")
    kinds = table.evaluate_all("all => all.map(one => one.dataset.kind)")
    assert len(kinds) >= len(first)
    filters = front.frame.get_by_role("toolbar", name="Filters of findings")
    kind = first[0]["kind"]
    filters.get_by_label("kind").select_option(kind)
    expect(table).to_have_count(kinds.count(kind))
    tools = front.frame.get_by_role("toolbar", name="Overview", exact=True)
    with front.page.expect_download() as waiting:
        tools.get_by_role("button", name="CSV", exact=True).click()
    text = waiting.value.path().read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["kind"] for row in rows] == [kind] * kinds.count(kind)
    assert rows[0]["finding"].split(" (")[0] in first[0]["sentence"]


def test_a_finding_leads_to_what_shows_it(front: Neural) -> None:
    shown = region(front, "Findings").get_by_role("button", name=re.compile("^Show in"))
    eventually(lambda: expect(shown.first).to_be_visible())
    view = shown.first.inner_text().removeprefix("Show in ").lower().replace(" ", "-")
    shown.first.focus()
    front.page.keyboard.press("Enter")
    eventually(lambda: has_view(front, view))


@pytest.mark.parametrize("overview", [{"all": True}, {"why": [8, 1]}], ids=["front", "why"])
def test_there_is_no_serious_violation_in_both_themes(
    overview: dict[str, Any], open_page: Open
) -> None:
    neural = open_page(view="overview", a=A, overview=overview)
    for theme in ("light", "dark"):
        if theme == "dark":
            switch_to_dark(neural)
            eventually(lambda: is_dark(neural))
        neural.settle()
        assert violations(neural) == [], theme


def is_dark(neural: Neural) -> None:
    assert luminance(background(neural)) < 0.1


@pytest.mark.parametrize("overview", [{}, {"why": [8, 1]}], ids=["front", "why"])
def test_on_a_phone_nothing_is_wider_than_the_window(
    overview: dict[str, Any], open_page: Open
) -> None:
    neural = open_page(view="overview", a=A, overview=overview)
    neural.page.set_viewport_size({"width": 390, "height": 844})
    neural.settle()
    eventually(lambda: no_wider(neural.frame.evaluate))


def no_wider(evaluate: Callable[[str], Any]) -> None:
    assert evaluate(WIDER) <= 0
