"""A unit's panel beside its graph, and the names that people give to units."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from scipy.stats import binomtest

from tests.e2e import odd_logs as logs
from tests.e2e.conftest import SIZE, Open, opened
from tests.e2e.graph_page import Graph, Unit
from tests.e2e.neural_page import Neural, eventually, link
from tests.e2e.plain_graph import counts, influence, recorded
from tests.e2e.plain_pass import Truth, assert_order, quantization
from tests.recording import CLASSES

RUN, STEP, DIGIT = "plain", 280, 8
A = [RUN, "model", STEP]
ALONE: dict[str, Any] = {"view": "graph", "a": A, "subsets": [[f"class:{DIGIT}", DIGIT]]}
LAYER = "classifier.3"
SHOWN, NEIGHBOURS, EXAMPLES = 8, 8, 10
NAME = "=<b>eyes</b>"


def same(one: object, other: object) -> None:
    assert one == other


def unit_of(graph: Graph, layer: str = LAYER) -> int:
    """The first unit of a layer in the picture."""
    return min(int(unit) for of, unit in graph.nodes() if of == layer)


def panel_of(neural: Neural, layer: str, unit: int) -> Locator:
    return neural.frame.get_by_role("complementary", name=f"unit {unit} of {layer}", exact=True)


def test_a_click_pins_a_unit_and_tells_all_about_it(open_page: Open, truth: Truth) -> None:
    graph = Graph(open_page(**ALONE))
    unit = unit_of(graph)
    node = graph.node((LAYER, str(unit)))
    node.click()
    panel = panel_of(graph.neural, LAYER, unit)
    expect(panel).to_contain_text("Classes it serves")
    eventually(lambda: check_classes(panel, truth, unit))
    check_examples(panel, truth, unit)
    check_neighbours(panel, truth, unit)
    assert graph.lit()[0] >= {(LAYER, str(unit))}, "what is pinned stays lit"
    expect(node).to_have_attribute("aria-pressed", "true")
    assert graph.neural.selection()["unit"] == [LAYER, unit]
    line = panel.locator("ul.neighbours button").first
    name, layer = line.locator(".name").all_inner_texts()
    line.click()
    (other,) = re.findall(r"^(?:unit )?(\d+)", name)
    expect(panel_of(graph.neural, layer.split(" · ")[0], int(other))).to_be_visible()
    graph.neural.page.keyboard.press("Escape")
    expect(graph.frame.locator("aside.unit-panel")).to_have_count(0)


def check_classes(panel: Locator, truth: Truth, unit: int) -> None:
    """All classes that count the unit, by the share of their inputs, with their numbers."""
    inputs = {name: int((truth.labels == label).sum()) for label, name in enumerate(CLASSES)}
    counted = {
        name: int(counts(truth, RUN, STEP, label)[LAYER][unit])
        for label, name in enumerate(CLASSES)
    }
    serving = {name: count / inputs[name] for name, count in counted.items() if count}
    lines = panel.locator("table.serves tbody tr")
    shown = [line.locator("th").inner_text().strip() for line in lines.all()]
    assert len(shown) == min(len(serving), SHOWN)
    shares = [serving[name] for name in shown]
    assert shares == sorted(serving.values(), reverse=True)[:SHOWN]
    for name, line in zip(shown, lines.all(), strict=True):
        title = str(line.locator("td").first.get_attribute("title"))
        assert title.startswith(f"{counted[name]} of {inputs[name]} inputs, 95 % interval")
        ends = [float(end) / 100 for end in re.findall(r"([\d.]+) %", title)[1:]]
        wilson = binomtest(counted[name], inputs[name]).proportion_ci(method="wilson")
        assert ends == pytest.approx([wilson.low, wilson.high], abs=0.006)


def check_examples(panel: Locator, truth: Truth, unit: int) -> None:
    """The instances that excite the unit most, best first."""
    labels = panel.locator("ul.top-instances button").evaluate_all(
        "all => all.map(one => one.ariaLabel)"
    )
    values = truth.instances(RUN, STEP)[LAYER]
    shown = [int(re.split(r"[ ,]", label)[0]) for label in labels]
    assert len(shown) == EXAMPLES
    benign = [place for place, label in enumerate(labels) if "attacked" not in label]
    own, error = values[:, unit], quantization(values)[unit]
    order = [shown[place] for place in benign]
    least = min(own[instance] for instance in order)
    assert_order(list(range(len(order))), own[order], error)
    rest = sorted(set(range(len(own))) - set(truth.attacked) - set(order))
    assert own[rest].max() <= least + error
    assert panel.locator("ul.top-instances image").count() == EXAMPLES


def check_neighbours(panel: Locator, truth: Truth, unit: int) -> None:
    """What feeds the unit most and what it feeds most, by the size of its influence."""
    records = recorded(truth.folder.parent / "logs" / RUN)
    weights = influence(records, STEP, f"class:{DIGIT}", measure="contributions")
    producers = {p: w for (p, c), w in weights.items() if c == (LAYER, unit)}
    consumers = {c: w for (p, c), w in weights.items() if p == (LAYER, unit)}
    lists = panel.locator("ul.neighbours")
    for place, known in enumerate((producers, consumers)):
        expected = sorted(known, key=lambda one: -abs(known[one]))[:NEIGHBOURS]
        lines = lists.nth(place).locator("li")
        expect(lines).to_have_count(len(expected))
        for line, (layer, other) in zip(lines.all(), expected, strict=True):
            name, of = line.locator(".name").all_inner_texts()
            assert re.findall(r"\d+", name)[0] == str(other)
            assert of == layer
            told = line.locator(".number").inner_text().replace("\N{MINUS SIGN}", "-")
            assert abs(float(told.removesuffix(" %")) / 100 - known[layer, other]) < 0.006


def give_name(neural: Neural, unit: Unit, name: str) -> None:
    field = neural.frame.get_by_label(f"name of unit {unit[1]} of {unit[0]}", exact=True)
    field.fill(name)
    field.press("Enter")


def test_a_name_stands_in_the_graph_its_table_and_its_files_and_stays(
    open_page: Open, browser: Browser, tensorboard: str
) -> None:
    graph = Graph(open_page(**ALONE))
    unit = (LAYER, str(unit_of(graph)))
    graph.node(unit).click()
    give_name(graph.neural, unit, NAME)
    eventually(lambda: same(graph.nodes()[unit]["name"], NAME))
    assert graph.table().nodes[unit]["name"] == f"'{NAME}"
    assert "=&lt;b&gt;eyes&lt;/b&gt;" in graph.saved("SVG").path().read_text()
    graph.tools.get_by_role("button", name="Table", exact=True).click()
    units = graph.frame.get_by_role("table").first
    expect(units.get_by_role("row", name=f"{LAYER} {unit[1]} {NAME}")).to_have_count(1)

    graph.neural.page.reload()
    again = Graph(opened(graph.neural.page, graph.neural.page.url))
    again.tools.get_by_role("button", name="Picture", exact=True).click()
    eventually(lambda: same(again.nodes()[unit]["name"], NAME))
    again.frame.get_by_role("button", name="1 name", exact=True).click()
    with again.neural.page.expect_download() as waiting:
        again.frame.get_by_role("button", name="Export", exact=True).click()
    saved = waiting.value.path()
    assert json.loads(saved.read_text()) == {LAYER: {unit[1]: NAME}}

    elsewhere = browser.new_context(viewport=SIZE)
    other = Graph(opened(elsewhere.new_page(), link(tensorboard, **ALONE)))
    other.node(unit).click()
    assert other.nodes()[unit]["name"] == ""
    other.frame.get_by_role("button", name="0 names", exact=True).click()
    field = other.frame.locator("input[type=file]")
    field.set_input_files({"name": "a.json", "mimeType": "", "buffer": b"[1]"})
    expect(other.frame.get_by_role("alert")).to_contain_text("the file is no object")
    field.set_input_files(saved)
    eventually(lambda: same(other.nodes()[unit]["name"], NAME))
    elsewhere.close()


def test_names_and_pictures_that_come_with_the_run_stand_in_the_graph(open_odd: Open) -> None:
    chosen = [[f"class:{logs.ATTACKED}", 1]]
    graph = Graph(open_odd(view="graph", a=["attacked", "model", 0], subsets=chosen))
    nodes = eventually(lambda: pictured(graph))
    named = {unit: node["name"] for unit, node in nodes.items() if unit[0] == logs.PICTURED}
    assert named
    assert all(name == f"stroke {unit}" for (_, unit), name in named.items())
    unit = next(iter(named))
    graph.node(unit).click()
    panel = panel_of(graph.neural, unit[0], int(unit[1]))
    expect(panel).to_contain_text("This name was recorded with the run")
    expect(panel.locator(".facets svg")).to_have_count(4)
    give_name(graph.neural, unit, "mine")
    eventually(lambda: same(graph.nodes()[unit]["name"], "mine"))
    give_name(graph.neural, unit, "")
    eventually(lambda: same(graph.nodes()[unit]["name"], named[unit]))


def pictured(graph: Graph) -> dict[Unit, Any]:
    """The nodes, all with a picture but the outputs', which no instance may excite."""
    nodes = graph.nodes()
    assert all(node["pictured"] for (layer, _), node in nodes.items() if layer != "classifier.4")
    return nodes
