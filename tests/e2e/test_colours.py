"""A class has one colour: from when it is first shown, in every view, run and link."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually
from tests.recording import CLASSES

A = ["plain", "model", 280]
NONE: list[list[object]] = []
GROUPS = """() => Object.fromEntries([...document.querySelectorAll('.legend path[fill]')].map(
  mark => [mark.closest('span, li, button').textContent.trim(), mark.getAttribute('fill')]))"""


def swatches(neural: Neural, *names: str) -> dict[str, str]:
    """The colours that the rail gives to subsets."""
    return {
        name: neural.subset(name)
        .locator(".swatch")
        .evaluate("one => getComputedStyle(one).backgroundColor")
        for name in names
    }


def hexadecimal(colour: str) -> str:
    parts = colour.removeprefix("rgb(").removesuffix(")").split(", ")
    return "#" + "".join(f"{int(part):02x}" for part in parts)


def same(one: object, other: object) -> None:
    assert one == other


def test_a_class_keeps_its_colour_when_it_goes_and_comes_in_every_run(open_page: Open) -> None:
    neural = open_page(a=A, subsets=NONE)
    shown = [CLASSES[n] for n in (7, 2, 9, 4)]
    for name in shown:
        neural.subset(name).click()
    first = swatches(neural, *shown)
    assert len(set(first.values())) == len(shown)
    for name in shown[:3]:
        neural.subset(name).click()
    late = CLASSES[0]
    neural.subset(late).click()
    for name in reversed(shown[:3]):
        neural.subset(name).click()
    assert swatches(neural, *shown) == first
    assert swatches(neural, late)[late] not in first.values()
    neural.choose_a("slow")
    eventually(lambda: same(swatches(neural, *shown), first))
    neural.subset(shown[0]).click()
    link = neural.copied_link()
    cold = open_page(link)
    cold.subset(shown[0]).click()
    assert swatches(cold, *shown) == first, (
        "a link knows the colour of a class that it does not show"
    )


def test_all_inputs_are_neutral(open_page: Open) -> None:
    neural = open_page(a=A, subsets=[["all", 0], ["class:3", 3]])
    for part in swatches(neural, "all").values():
        red, green, blue = (int(hexadecimal(part)[at : at + 2], 16) for at in (1, 3, 5))
        assert max(red, green, blue) - min(red, green, blue) < 8


def test_a_map_of_all_classes_has_the_colours_that_they_have_elsewhere(open_page: Open) -> None:
    neural = open_page(view="projections", a=A, subsets=[["class:7", 0], ["class:2", 1]])
    groups = eventually(lambda: legend(neural))
    assert len(set(groups.values())) == len(CLASSES)
    neural.frame.get_by_role("tab", name="Distributions").click()
    neural.settle()
    for name in CLASSES:
        if neural.subset(name).get_attribute("aria-pressed") != "true":
            neural.subset(name).click()
            expect(neural.subset(name)).to_have_attribute("aria-pressed", "true")
    rail = {name: hexadecimal(colour) for name, colour in swatches(neural, *CLASSES).items()}
    assert rail == groups


def legend(neural: Neural) -> dict[str, str]:
    found = neural.frame.evaluate(GROUPS)
    groups = {name: found[key] for key in found for name in CLASSES if key.startswith(name)}
    assert set(groups) == set(CLASSES)
    return groups
