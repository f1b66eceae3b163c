"""The network as a graph of blocks: its sizes and numbers, folding, and the way to other views."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e import odd_logs as logs
from tests.e2e.architecture_page import Architecture
from tests.e2e.conftest import Open
from tests.e2e.neural_page import eventually
from tests.e2e.plain_pass import LAYERS, Truth
from tests.recording import RUNS, Network

RUN, STEPS = "plain", RUNS["plain"][2]
STEP = STEPS[-1]
VIEW: dict[str, Any] = {"view": "architecture", "a": [RUN, "model", STEP]}
MOST = 30


def same(one: object, other: object) -> None:
    assert one == other


def dead(truth: Truth, step: int) -> dict[str, float]:
    """Share of the units that are 0 on every input, by layer."""
    seen = truth.everything(RUN, step)
    return {layer: float((values == 0).all(0).mean()) for layer, values in seen.items()}


def test_layers_and_links_sizes_and_dead_units_are_those_of_the_network(
    open_page: Open, truth: Truth
) -> None:
    page = Architecture(open_page(**VIEW, architecture={"shade": "dead"}))
    (side,) = page.sides()
    assert [node["key"] for node in side["nodes"]] == list(LAYERS)
    assert side["links"] == [[*ends] for ends in pairwise(LAYERS)]
    expected = {step: dead(truth, step) for step in STEPS}
    assert max(expected[STEP].values()) > 0
    for layer, node in page.nodes().items():
        assert node["value"] == pytest.approx(expected[STEP][layer], abs=1e-6)
    largest = max(node["value"] for node in side["nodes"])
    assert [node["share"] > 0 for node in side["nodes"]] == [
        expected[STEP][layer] > 0 for layer in LAYERS
    ]
    assert max(side["nodes"], key=lambda node: node["share"])["value"] == largest
    total = sum(parameter.numel() for parameter in Network().parameters())
    head = page.frame.locator(".architecture-head").inner_text()
    assert f"{total / 1000:.0f} k parameters" in head
    eventually(lambda: check_table(page.table(), expected, truth.everything(RUN, STEP)))


def check_table(table: list[dict[str, str]], shares: dict[int, dict[str, float]], of: Any) -> None:
    """A line a layer: what feeds it, how large it is, and its dead units at each step."""
    total = sum(parameter.numel() for parameter in Network().parameters())
    assert sum(int(line["parameters"]) for line in table) == total
    assert all(int(line["parameters"]) for line in table)
    assert [line["layer"] for line in table] == list(LAYERS)
    assert [line["fed by"] for line in table] == ["", *LAYERS[:-1]]
    for line in table:
        layer = line["layer"]
        assert int(line["units"]) == int(line["shape"].split()[0]) == of[layer].shape[1]
        told = [float(line[f"step {step}"]) for step in STEPS]
        assert told == pytest.approx([shares[step][layer] for step in STEPS], abs=1e-6)


def test_a_closed_block_tells_of_all_its_units_and_opens_again(
    open_page: Open, truth: Truth
) -> None:
    page = Architecture(open_page(**VIEW, architecture={"shade": "dead"}))
    page.frame.locator("[data-open='classifier.']").click()
    eventually(lambda: same(list(page.nodes()), [*LAYERS[:2], "classifier."]))
    shares, seen = dead(truth, STEP), truth.everything(RUN, STEP)
    units = {layer: seen[layer].shape[1] for layer in LAYERS[2:]}
    expected = np.average([shares[layer] for layer in units], weights=list(units.values()))
    assert page.nodes()["classifier."]["value"] == pytest.approx(expected, abs=1e-6)
    assert page.sides()[0]["links"][-1] == [LAYERS[1], "classifier."]
    cold = Architecture(open_page(page.neural.copied_link()))
    assert list(cold.nodes()) == [*LAYERS[:2], "classifier."]
    page.node("classifier.").click()
    eventually(lambda: same(list(page.nodes()), list(LAYERS)))
    expect(page.frame.locator("[data-open='classifier.']")).to_be_visible()


def test_a_layer_opens_in_detail_and_in_the_other_views(open_page: Open) -> None:
    page = Architecture(open_page(**VIEW))
    page.node(LAYERS[1]).click()
    detail = page.frame.get_by_role("complementary", name=f"Layer {LAYERS[1]}")
    expect(detail).to_contain_text(re.compile(r"24 . 4 . 4"))
    detail.get_by_role("button", name=LAYERS[2], exact=True).click()
    detail = page.frame.get_by_role("complementary", name=f"Layer {LAYERS[2]}")
    detail.get_by_role("button", name="Projections", exact=True).click()
    stage = page.frame.locator(".projection-canvas")
    expect(stage).to_have_attribute("data-layer", "2")
    page.frame.get_by_role("tab", name="Architecture").click()
    detail.get_by_role("button", name="Distributions", exact=True).click()
    eventually(lambda: same(page.neural.layers(), [LAYERS[2]]))


def test_change_is_counted_in_pooled_deviations_from_the_step_chosen(
    open_page: Open, truth: Truth
) -> None:
    page = Architecture(open_page(**VIEW, architecture={"shade": "change"}))
    page.tools.get_by_label("since step").select_option(str(STEPS[3]))
    one, other = (truth.everything(RUN, step) for step in (STEPS[3], STEP))
    for layer in LAYERS:
        values = [of[layer] for of in (one, other)]
        pooled = np.sqrt((values[0].var(0) + values[1].var(0)) / 2)
        apart = np.abs(values[1].mean(0) - values[0].mean(0))
        units = np.divide(apart, pooled, out=np.zeros_like(apart), where=pooled > 0)
        eventually(
            lambda of=layer, to=units: same(
                page.nodes()[of]["value"], pytest.approx(to.mean(), rel=2e-3)
            )
        )


def test_different_architectures_stand_side_by_side(open_odd: Open) -> None:
    page = Architecture(
        open_odd(
            view="architecture",
            a=["deep", "model", 0],
            b=["attacked", "model", "pinned", 0],
            architecture={"shade": "dead"},
        )
    )
    a, b = page.sides()
    assert {node["key"] for node in b["nodes"]} == set(LAYERS)
    assert not {node["key"] for node in a["nodes"]} & set(LAYERS)
    assert 2 < len(a["nodes"]) <= MOST
    assert a["stage"][2] <= b["stage"][0]
    for side in (a, b):
        check_readable(side)
        assert all(0 <= node["value"] <= 1 for node in side["nodes"])


def check_readable(side: Any) -> None:
    """All nodes are on the stage, none over another, none too small to read."""
    left, top, right, bottom = side["stage"]
    boxes = [node["box"] for node in side["nodes"]]
    for box in boxes:
        assert left - 1 <= box[0] < box[2] <= right + 1
        assert top - 1 <= box[1] < box[3] <= bottom + 1
        assert box[2] - box[0] >= 60
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart


@pytest.mark.parametrize("run", logs.LARGE)
def test_a_large_network_opens_with_few_nodes_and_folds_out(run: str, open_odd: Open) -> None:
    layers, links = logs.LARGE[run]()
    page = Architecture(
        open_odd(view="architecture", a=[run, "model", 0], architecture={"shade": "dead"})
    )
    (side,) = page.sides()
    assert 5 < len(side["nodes"]) <= MOST
    check_readable(side)
    assert f"{len(layers)} recorded layers" in page.frame.locator(".architecture-head").inner_text()
    within = {node["key"]: members(node["key"], layers) for node in side["nodes"]}
    assert sorted(name for names in within.values() for name in names) == sorted(layers)
    reached = {
        (one, other)
        for one, mine in within.items()
        for other, theirs in within.items()
        if one != other and any(p in mine and c in theirs for p, c, _ in links)
    }
    assert len(side["links"]) >= len(side["nodes"]) - 1
    assert {tuple(ends) for ends in side["links"]} <= reached
    block = max(within, key=lambda key: len(within[key]))
    page.node(block).focus()
    page.node(block).press("Enter")
    eventually(lambda: same(block in page.nodes(), False))
    after = page.nodes()
    assert len(after) > len(side["nodes"])
    assert within.keys() - {block} <= after.keys()
    page.tools.get_by_role("button", name="Table", exact=True).click()
    expect(page.frame.locator(".architecture-side tbody tr")).to_have_count(len(layers))


def members(key: str, layers: list[str]) -> list[str]:
    """The layers within a node."""
    return [name for name in layers if name == key or (key[-1] == "." and name.startswith(key))]
