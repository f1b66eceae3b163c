"""Small, large and odd cases of the graph: nothing recorded, no probe set, a thousand classes."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e import odd_logs as logs
from tests.e2e.conftest import Open
from tests.e2e.graph_page import Graph
from tests.e2e.neural_page import eventually
from tests.e2e.test_accessibility import violations
from tests.e2e.test_selection import background, luminance, switch_to_dark


def same(one: object, other: object) -> None:
    assert one == other


def test_a_run_without_counts_says_which_line_records_them(open_odd: Open) -> None:
    neural = open_odd(view="graph", a=["no graphs", "model", 0])
    message = neural.frame.locator(".graph-main .message")
    expect(message).to_contain_text("No attribution graphs recorded")
    expect(message.locator("code").last).to_contain_text("graph=Graph()")
    assert neural.frame.locator(".graph-node").count() == 0


def test_without_probe_set_nodes_are_numbers_and_the_page_says_why(open_odd: Open) -> None:
    graph = Graph(open_odd(view="graph", a=["two classes", "model", 20]))
    nodes = graph.nodes()
    assert not any(node["pictured"] for node in nodes.values())
    glyphs = graph.frame.locator(".graph-glyph").all_inner_texts()
    assert sorted(glyphs) == sorted(unit for _, unit in nodes)
    expect(graph.frame.locator(".graph-main .note")).to_contain_text("Recorder(model, probe=probe)")


def test_no_subset_and_one_without_inputs_are_said_to_be_so(open_odd: Open) -> None:
    a = ["thousand classes", "model", 10]
    neural = open_odd(view="graph", a=a, subsets=[])
    expect(neural.frame.locator(".graph-main")).to_contain_text("No subset selected")
    empty = open_odd(view="graph", a=a, subsets=[["class:905", 5]])
    expect(empty.frame.locator(".graph-main .note")).to_contain_text("no inputs were seen")
    expect(empty.frame.locator(".graph-heads .mark")).to_have_text("few")


def test_another_share_of_the_mass_counts_other_inputs(open_odd: Open) -> None:
    chosen = [[f"class:{logs.ATTACKED}", 1]]
    graph = Graph(open_odd(view="graph", a=["attacked", "model", 0], subsets=chosen))

    def counts() -> dict[tuple[str, str], float]:
        return {
            unit: float(next(value for name, value in line.items() if name.endswith(": count")))
            for unit, line in graph.table().nodes.items()
        }

    few = counts()
    graph.more().get_by_role("combobox", name="mass").select_option("0.1")
    eventually(lambda: same(graph.neural.in_address().get("graph"), {"mass": 0.1}))
    graph.neural.settle()
    many = eventually(lambda: differing(counts(), few))
    shared = many.keys() & few.keys()
    assert all(many[unit] >= few[unit] for unit in shared), "a larger share takes more units"
    expect(graph.frame.locator(".graph-legend")).to_contain_text("10 %")


def differing(one: dict[tuple[str, str], float], other: object) -> dict[tuple[str, str], float]:
    assert one != other
    return one


def test_a_thousand_classes_are_searched_and_switched(open_odd: Open) -> None:
    key = f"class:{logs.FOCUS[0]}"
    ranked = {"ranking": "pagerank"}
    thousand = ["thousand classes", "model", 10]
    graph = Graph(open_odd(view="graph", a=thousand, subsets=[[key, 0]], graph=ranked))
    assert graph.edges()
    lines = graph.frame.locator(".class-rows .class-line")
    assert 5 < lines.count() < 60, "only rows in sight exist"
    name = f"{logs.FOCUS[1] // 100}, {logs.FOCUS[1] % 100} % ink"
    search = graph.frame.get_by_label("Search classes")
    search.fill(name)
    search.press("Enter")
    eventually(lambda: same(graph.neural.in_address()["subsets"][0][0], f"class:{logs.FOCUS[1]}"))
    expect(graph.frame.locator(".graph-heads li")).to_contain_text(name)
    eventually(lambda: same(bool(graph.edges()), True))


def test_graph_table_and_classes_have_no_serious_violation_in_both_themes(
    open_page: Open,
) -> None:
    neural = open_page(
        view="graph",
        a=["plain", "model", 280],
        b=["other seed", "model", "pinned", 150],
        subsets=[["class:8", 8]],
    )
    graph = Graph(neural)
    unit = next(unit for unit in graph.nodes() if "\N{EN DASH}" not in unit[1])
    graph.node(unit).click()
    for shown in ("Picture", "Table"):
        graph.tools.get_by_role("button", name=shown, exact=True).click()
        neural.settle()
        assert violations(neural) == []
    switch_to_dark(neural)
    eventually(lambda: same(luminance(background(neural)) < 0.1, True))
    for shown in ("Table", "Picture"):
        graph.tools.get_by_role("button", name=shown, exact=True).click()
        neural.settle()
        assert violations(neural) == []
