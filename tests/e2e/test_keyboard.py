"""Everything can be done with the keyboard alone; playing and sliding through the steps."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually
from tests.recording import RUNS

LAYER = "classifier.3"
STEPS = list(RUNS["plain"][2])
FOCUSED = """() => {
  const at = document.activeElement;
  return at.getAttribute("aria-label") ?? at.closest("label")?.textContent.trim() ?? at.textContent;
}"""


def test_the_page_is_used_without_a_mouse(open_page: Open) -> None:
    neural = open_page(a=["plain", "model", 280], layers=[LAYER])
    keys = neural.page.keyboard
    neural.frame.get_by_label("Run of A").focus()
    tab_to(neural, "features.1")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    assert focused(neural).startswith("classifier.1")
    keys.press("Space")
    eventually(lambda: same(neural.layers(), ["classifier.1", LAYER]))
    keys.press("Space")
    eventually(lambda: same(neural.layers(), [LAYER]))
    tab_to(neural, "Sort by")
    keys.type("unit ind")
    eventually(lambda: same(neural.selection()["options"]["sort"]["by"], "index"))


def focused(neural: Neural) -> str:
    return str(neural.frame.evaluate(FOCUSED))


def test_lists_are_one_tab_stop_each(open_page: Open) -> None:
    neural = open_page(a=["plain", "model", 280], layers=[LAYER])
    neural.frame.get_by_label("Search instances").focus()
    neural.page.keyboard.press("Tab")
    first = focused(neural)
    neural.page.keyboard.press("End")
    eventually(lambda: differs(focused(neural), first))
    last = focused(neural)
    neural.page.keyboard.press("ArrowDown")
    assert focused(neural) == last
    neural.page.keyboard.press("Tab")
    assert focused(neural) == "Runs"
    neural.page.keyboard.press("Shift+Tab")
    assert focused(neural) == last, "the list remembers where one was"
    neural.page.keyboard.press("Home")
    eventually(lambda: same(focused(neural), first))


def differs(one: object, other: object) -> None:
    assert one != other


def tab_to(neural: Neural, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    passed = []
    for _ in range(80):
        neural.page.keyboard.press("Tab")
        passed.append(neural.frame.evaluate(FOCUSED))
        if str(passed[-1]).startswith(name):
            return
    raise AssertionError(f"Tab never reaches {name!r}; it passes {passed}")


def test_keys_move_between_units_and_mark_hide_and_open_them(open_page: Open) -> None:
    neural = open_page(a=["plain", "model", 280], layers=[LAYER])
    keys = neural.page.keyboard
    first, second, third, *_ = neural.order(LAYER)
    last = neural.order(LAYER)[-1]
    units = neural.panel(LAYER).get_by_role("listbox")
    units.focus()
    eventually(lambda: active_is(neural, first))
    keys.press("ArrowDown")
    eventually(lambda: active_is(neural, second))
    keys.press("m")
    eventually(lambda: same(neural.order(LAYER)[0], second))
    assert row(neural, second)["marked"]
    keys.press("Space")
    eventually(lambda: same(row(neural, second)["marked"], False))
    keys.press("ArrowDown")
    keys.press("h")
    eventually(lambda: same(third in neural.order(LAYER), False))
    keys.press("End")
    eventually(lambda: active_is(neural, last))
    assert last in [row["unit"] for row in neural.picture(LAYER)["rows"]], "it scrolled into sight"
    keys.press("Enter")
    panel = neural.frame.get_by_role("complementary", name=f"unit {last} of {LAYER}")
    expect(panel).to_contain_text("median")
    keys.press("Escape")
    expect(panel).to_have_count(0)


def active_is(neural: Neural, unit: int) -> None:
    """The row that screen readers are told of is the unit's, and says its numbers."""
    units = neural.panel(LAYER).get_by_role("listbox")
    row = neural.frame.locator(f'[id="{units.get_attribute("aria-activedescendant")}"]')
    text = row.inner_text()
    assert text.startswith(f"unit {unit};")
    assert "median" in text


def row(neural: Neural, unit: int) -> dict[str, object]:
    return next(row for row in neural.picture(LAYER)["rows"] if row["unit"] == unit)


def same(one: object, other: object) -> None:
    assert one == other


def test_help_opens_and_closes_with_keys_and_is_not_triggered_by_typing(open_page: Open) -> None:
    neural = open_page(a=["plain", "model", 280], layers=[LAYER])
    help_ = neural.frame.get_by_role("dialog", name="Help")
    neural.frame.get_by_label("Search units by index or name").press_sequentially("?,.p")
    expect(help_).to_be_hidden()
    assert neural.selection()["a"] == ["plain", "model", 280]
    neural.panel(LAYER).get_by_role("listbox").focus()
    neural.page.keyboard.press("?")
    expect(help_).to_be_visible()
    neural.page.keyboard.press("Escape")
    expect(help_).to_be_hidden()


def test_the_slider_and_its_keys_move_a_through_the_records(open_page: Open) -> None:
    neural = open_page(a=["plain", "model", 280], layers=[LAYER])
    slider = neural.frame.get_by_role("slider", name="Step of A")
    slider.focus()
    neural.page.keyboard.press("Home")
    at_step(neural, STEPS[0])
    neural.page.keyboard.press("ArrowRight")
    at_step(neural, STEPS[1])
    neural.page.keyboard.press("End")
    at_step(neural, STEPS[-1])
    neural.panel(LAYER).get_by_role("listbox").focus()
    neural.page.keyboard.press(",")
    at_step(neural, STEPS[-2])
    neural.page.keyboard.press(".")
    at_step(neural, STEPS[-1])


def at_step(neural: Neural, step: int) -> None:
    slider = neural.frame.get_by_role("slider", name="Step of A")
    record = f"step {step}, record {STEPS.index(step) + 1} of {len(STEPS)}"
    expect(slider).to_have_attribute("aria-valuetext", record)
    expect(neural.panel(LAYER).locator(".panel-head")).to_contain_text(f"step {step}")


def test_playing_moves_a_through_all_records_and_stops_at_the_last(open_page: Open) -> None:
    neural = open_page(a=["plain", "model", 280], layers=[LAYER])
    neural.frame.get_by_label("Speed").select_option("4")
    neural.frame.evaluate(WATCH)
    neural.panel(LAYER).get_by_role("listbox").focus()
    neural.page.keyboard.press("p")
    expect(neural.frame.get_by_role("button", name="Pause")).to_be_visible()
    expect(neural.frame.get_by_role("button", name="Play the records")).to_be_visible()
    assert neural.frame.evaluate("window.seen") == STEPS
    at_step(neural, STEPS[-1])


WATCH = """() => {
  const now = document.querySelector(".step-now b");
  window.seen = [];
  new MutationObserver(() => window.seen.push(Number(now.textContent.replaceAll(",", ""))))
    .observe(now, { childList: true, characterData: true, subtree: true });
}"""
