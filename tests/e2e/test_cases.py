"""Small and large cases: one record, one subset, no probe set, no task, many layers, no data."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import odd_logs as logs
from tests.e2e.conftest import Open, Server, opened, serve
from tests.e2e.neural_page import Neural, eventually, link

ONCE = ["once", "model", 40]


def same(one: object, other: object) -> None:
    assert one == other


def test_one_record_has_no_slider_no_strips_and_other_runs_alone_as_b(open_page: Open) -> None:
    neural = open_page(a=ONCE)
    expect(neural.frame.get_by_text("one record, step 40")).to_be_visible()
    expect(neural.frame.get_by_role("slider")).to_have_count(0)
    offered = neural.frame.get_by_label("Run of B").locator("option").all_inner_texts()
    assert offered == ["Compare with…", "other seed", "plain", "slow", "third"]
    open_first_unit(neural)
    panel = neural.frame.locator("aside.unit-panel")
    expect(panel).to_contain_text("median")
    expect(panel.locator(".strip")).to_have_count(0)


def open_first_unit(neural: Neural) -> None:
    neural.panel(neural.layers()[0]).get_by_role("listbox").focus()
    neural.page.keyboard.press("Enter")
    neural.settle()


def test_one_subset_is_sorted_by_its_median_and_has_no_divergence(open_page: Open) -> None:
    neural = open_page(a=ONCE, subsets=[["class:3", 3]], layers=["classifier.3"])
    tools = neural.frame.get_by_role("toolbar", name="Distributions")
    expect(tools.get_by_label("sort by")).to_have_value("value")
    assert (
        "divergence (W₁)" not in tools.get_by_label("sort by").locator("option").all_inner_texts()
    )
    assert all(row["columns"] is None for row in neural.picture("classifier.3")["rows"])
    expect(neural.panel("classifier.3")).not_to_contain_text("W₁")


def test_no_subset_and_no_layer_say_what_to_choose(open_page: Open) -> None:
    neural = open_page(a=ONCE, subsets=[], layers=["classifier.3"])
    expect(neural.frame.locator("main")).to_contain_text("No subset selected")
    neural.subset("digit 3").click()
    eventually(lambda: same(neural.layers(), ["classifier.3"]))
    neural.layer("classifier.3").click()
    expect(neural.frame.locator("main")).to_contain_text("No layer selected")


def test_two_classes_open_on_both(open_odd: Open) -> None:
    neural = open_odd(a=["two classes", "model", 20])
    for name in ("zero", "one"):
        expect(neural.subset(name)).to_have_attribute("aria-pressed", "true")
    assert neural.picture("1")["rows"][0]["columns"] is not None


def test_a_run_without_probe_set_names_the_argument_that_adds_one(open_odd: Open) -> None:
    neural = open_odd(a=["two classes", "model", 20])
    section = neural.frame.get_by_role("region", name="Instances")
    expect(section).to_contain_text("No probe set recorded")
    expect(section.locator("code")).to_contain_text("Recorder(model, probe=probe)")
    open_first_unit(neural)
    expect(neural.frame.locator("aside.unit-panel")).to_contain_text(
        "probe=ProbeSet(images, labels)"
    )


def test_a_network_without_task_shows_all_inputs(open_odd: Open) -> None:
    neural = open_odd(a=["unlabelled", "model", 10])
    expect(neural.subset("all")).to_have_attribute("aria-pressed", "true")
    assert len(neural.order(neural.layers()[0])) == 12
    expect(neural.panel("1").locator(".panel-head")).to_contain_text("n 400")
    open_first_unit(neural)
    expect(neural.frame.locator("aside.unit-panel")).to_contain_text("median")


def test_many_layers_stand_in_blocks_and_at_most_four_panels_open(open_odd: Open) -> None:
    neural = open_odd(a=["deep", "model", 0])
    assert 1 <= len(neural.layers()) <= 4
    section = neural.frame.get_by_role("region", name="Layers")
    blocks = section.locator("details.block")
    expect(blocks).to_have_count(logs.STAGES)
    assert blocks.evaluate_all("all => all.map(one => one.open)") == [False, False, False, True]
    blocks.first.locator("summary").click()
    first = blocks.first.get_by_role("checkbox").first
    first.check()
    eventually(lambda: same(neural.layers()[0], "1.0.0.1"))


def test_five_wanted_panels_are_not_all_opened_by_a_default(open_odd: Open) -> None:
    neural = open_odd(a=["deep", "model", 0], layers=[f"1.0.{at}.1" for at in range(5)])
    assert len(neural.layers()) == 5, "what a person asked for is shown"


def test_a_thousand_classes_are_listed_and_focus_ones_have_histograms(open_odd: Open) -> None:
    neural = open_odd(a=["thousand classes", "model", 10])
    section = neural.frame.get_by_role("region", name="Subsets")
    shown = section.locator("button.toggle[aria-pressed=true]").all_inner_texts()
    focus = {f"{label // 100}, {label % 100} % ink" for label in logs.FOCUS}
    assert len(shown) == 2
    assert set(shown) < focus
    assert any(mark["kind"] == "bar" for row in neural.rows("1").values() for mark in row["marks"])
    assert section.locator("li").count() < 60, "only rows in sight exist"
    neural.frame.get_by_role("button", name="not recorded").click()
    expect(neural.frame.locator(".popover-panel:popover-open")).to_contain_text(
        "histograms of 997 of 1000 classes"
    )
    neural.page.keyboard.press("Escape")
    section.get_by_role("button", name="Search subsets").click()
    section.get_by_role("searchbox").fill("9, 5 % ink")
    without = section.get_by_role("button", name="9, 5 % ink")
    expect(without).to_be_disabled()
    expect(without).to_have_attribute(
        "title", "Only mean and standard deviation are recorded: see “not recorded” at the top"
    )


def test_a_damaged_record_is_named_and_costs_only_itself(open_odd: Open) -> None:
    neural = open_odd(a=["damaged", "model", 20], layers=["1"])
    assert len(neural.order("1")) == 12
    neural.frame.get_by_role("slider").press("ArrowLeft")
    neural.settle()
    neural.page.locator("button.reload-button").click()
    badge = neural.frame.get_by_role("button", name="problem")
    badge.click()
    panel = neural.frame.locator(".popover-panel:popover-open")
    expect(panel).to_contain_text("Unreadable records")
    expect(panel).to_contain_text("damaged")
    expect(panel).to_contain_text("step 10")
    neural.frame.get_by_role("slider").press("Home")
    eventually(lambda: same(len(neural.order("1")), 12))


def test_an_empty_log_directory_says_what_to_do_and_fills_by_itself(
    tmp_path: Path, page_of: Page, console: list[str]
) -> None:
    with serve(tmp_path) as address:
        neural = opened(page_of, link(address))
        message = neural.frame.locator(".message")
        expect(message).to_contain_text("Nothing recorded yet")
        expect(message.locator("code")).to_contain_text("recorder.write(writer, step)")
        images, labels = logs.digits()
        logs.two_classes(tmp_path / "first", images[:200].flatten(1), labels[:200])
        neural.reload_until(lambda: expect(front(neural)).to_be_visible(timeout=1000))
        assert neural.in_address()["view"] == "overview"
        neural.frame.get_by_role("tab", name="Distributions").click()
        assert neural.order("1")
    assert console == []


def front(neural: Neural) -> Locator:
    return neural.frame.get_by_role("region", name="Recorded")


def test_a_backend_that_stopped_is_explained_and_what_was_read_stays(
    odd_logs: Path, page_of: Page, console: list[str]
) -> None:
    server = Server(odd_logs / "two classes")
    try:
        neural = opened(page_of, link(server.address, view="distributions"))
        expect(neural.frame.get_by_label("Run of B")).to_have_count(1)
        order = neural.order("1")
    finally:
        server.stop()
    neural.page.locator("button.reload-button").click()
    failure = neural.frame.get_by_role("alert")
    expect(failure.first).to_contain_text("Showing the last data loaded.")
    assert neural.order("1") == order
    neural.layer("4").press("Space")  # TensorBoard's own warning lies over the mouse
    expect(neural.frame.locator('section[aria-label="layer 4"]')).to_contain_text(
        "could not be shown"
    )
    of_the_host = ("ERR_CONNECTION_", "/index.js?_file_hash=")
    assert [e for e in console if not any(part in e for part in of_the_host)] == []


@pytest.fixture
def page_of(context: object) -> Page:
    return context.new_page()  # type: ignore[attr-defined]


def test_a_single_run_with_one_record_has_nothing_to_compare_with(
    odd_logs: Path, page_of: Page, console: list[str]
) -> None:
    with serve(odd_logs / "deep") as address:
        neural = opened(page_of, link(address))
        expect(neural.frame.get_by_label("Run of A")).to_be_visible()
        expect(neural.frame.get_by_label("Run of B")).to_have_count(0)
        expect(neural.frame.get_by_role("slider")).to_have_count(0)
    assert console == []
