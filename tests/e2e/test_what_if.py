"""What would be if: strips, removed units and detected attacks, computed again from the weights."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import Open
from tests.e2e.neural_page import eventually
from tests.e2e.plain_pass import LAYERS, Truth, Values, forward, softmax, unpooled
from tests.e2e.what_if_page import WhatIf, pictures, probability
from tests.recording import ASKED, CLASSES, MEASURED, OTHERS_MEASURED, REMOVED, RUNS, STRENGTHS

STEP = RUNS[ASKED][2][-1]
VIEW: dict[str, Any] = {"view": "what-if", "a": [ASKED, "model", STEP]}
LEVEL = 1 / 255
NEAR = 0.03
"""What rounding pixels to 8 bits may change a probability or a norm by."""


def same(one: object, other: object) -> None:
    assert one == other


@pytest.fixture
def state(truth: Truth) -> dict[str, Values]:
    return truth.states(ASKED)[STEP]


@pytest.fixture
def strips(open_page: Open, truth: Truth) -> WhatIf:
    """The strips of a misclassified instance."""
    return WhatIf(open_page(**VIEW, instances=[int(truth.data["asked"][0])]))


def says(state: dict[str, Values], images: Values) -> Values:
    """Probabilities `[images, classes]`."""
    return softmax(forward(state, images[:, None])[LAYERS[-1]])


def test_a_strip_shows_what_the_network_says_of_the_pictures(
    strips: WhatIf, truth: Truth, state: dict[str, Values]
) -> None:
    instance = int(truth.data["asked"][0])
    *rows, control = strips.strips()
    assert [row["control"] for row in (*rows, control)] == [False, False, True]
    predicted = int(says(state, truth.probe[[instance], 0])[0].argmax())
    targets = [CLASSES.index(row["name"].removeprefix("towards ")) for row in rows]
    assert targets[0] == predicted != targets[1]
    for row, target in (*zip(rows, targets, strict=True), (control, targets[0])):
        images = pictures(row) * LEVEL
        np.testing.assert_allclose(images[0], truth.probe[instance, 0], atol=LEVEL)
        said = says(state, images)
        told = [probability(frame["words"][0]) for frame in row["frames"]]
        np.testing.assert_allclose(told, said[:, target], atol=NEAR)
        norms = np.linalg.norm(images - images[0], axis=(1, 2))
        told = [float(frame["words"][1]) for frame in row["frames"]]
        np.testing.assert_allclose(told, norms, atol=NEAR)
        if not row["control"]:
            assert told == sorted(told)
            flips = [frame["flip"] for frame in row["frames"]]
            taken = (said.argmax(1) == target).tolist()
            assert flips == [at > 0 and at == taken.index(True) for at in range(len(flips))]
    assert sum(frame["flip"] for frame in rows[1]["frames"]) == 1


def test_a_difference_is_the_change_times_its_factor_around_grey(strips: WhatIf) -> None:
    *rows, _ = strips.strips()
    images = [pictures(row) for row in rows]
    strips.tool("Strips", "Difference").click()
    eventually(lambda: same(strips.neural.in_address().get("whatIf"), {"picture": "difference"}))
    *rows, _ = strips.strips()
    for row, levels in zip(rows, images, strict=True):
        assert (pictures(row)[0] == 128).all()
        for frame, shown, level in list(zip(row["frames"], pictures(row), levels, strict=True))[1:]:
            factor = float(frame["words"][2][1:])
            expected = np.clip(127.5 + factor * (level - levels[0]), 0, 255)
            np.testing.assert_allclose(shown, expected, atol=1.02 * factor + 1)


def test_the_scrubber_goes_from_frame_to_frame_by_keys(strips: WhatIf) -> None:
    scrubber = strips.frame.get_by_role("slider", name="frame", exact=True)
    row = strips.strips()[0]
    for key, at in (("Home", 0), ("End", len(row["frames"]) - 1), ("ArrowLeft", -2)):
        scrubber.press(key)
        eventually(lambda to=at: check_frame(strips, scrubber, to))
    row = strips.strips()[0]
    strips.frame.locator(".strip-row").first.locator("[data-frame='0']").press("ArrowRight")
    eventually(lambda: check_frame(strips, scrubber, 1))


def check_frame(page: WhatIf, scrubber: Locator, at: int) -> None:
    """That frame is chosen: in the row, the address, the large pictures, the words."""
    row = page.strips()[0]
    frames = row["frames"]
    at %= len(frames)
    assert [frame["chosen"] for frame in frames] == [place == at for place in range(len(frames))]
    assert page.neural.in_address().get("whatIf") == {"strip": row["id"], "frame": at}
    words = f"frame {at + 1} of {len(frames)}, step {frames[at]['step']}"
    assert scrubber.get_attribute("aria-valuetext") == words
    large = page.frame.get_by_role("region", name="Selected frame").locator("figure img").nth(1)
    assert large.evaluate("one => one.src") == frames[at]["source"]


def test_changed_units_have_their_activations_and_open(
    strips: WhatIf, state: dict[str, Values]
) -> None:
    row = strips.strips()[0]
    activations = forward(state, pictures(row)[:, None] * LEVEL)
    region = strips.frame.get_by_role("region", name="Most changed units")
    tables = region.locator("table")
    assert tables.evaluate_all("all => all.map(one => one.dataset.layer)") == list(LAYERS)
    for layer in LAYERS:
        for line in region.locator(f"table[data-layer='{layer}'] tr").all():
            unit = int(line.get_attribute("data-unit") or -1)
            bars = line.get_by_role("img").get_attribute("aria-label") or ""
            told = [float(text.replace("−", "-")) for text in bars.split(", ")]  # noqa: RUF001
            expected = activations[layer][:, unit]
            np.testing.assert_allclose(told, expected, rtol=0.06, atol=0.06)
    line = region.locator(f"table[data-layer='{LAYERS[1]}'] tr").first
    unit = int(line.get_attribute("data-unit") or -1)
    line.locator(".unit-link").click()
    panel = strips.frame.get_by_role("complementary", name=f"unit {unit} of {LAYERS[1]}")
    expect(panel).to_be_visible()
    line.get_by_role("button", name="in Distributions").click()
    eventually(lambda: same(strips.neural.order(LAYERS[1])[0], unit))
    eventually(lambda: same(strips.neural.in_address().get("marked"), [[LAYERS[1], [unit]]]))


def removed(truth: Truth, state: dict[str, Values], label: int, layer: str, unit: int) -> Values:
    """Logits `[inputs, classes]` of a class with a unit at its mean over all inputs."""
    mean = unpooled(state, truth.images)[layer][:, unit].mean()

    def change(name: str, values: Values) -> Values:
        if name == layer:
            values = values.copy()
            values[:, unit] = mean
        return values

    return unpooled(state, truth.images[truth.labels == label], change)[LAYERS[-1]]


def test_a_removed_unit_costs_what_the_network_without_it_says(
    open_page: Open, truth: Truth, state: dict[str, Values]
) -> None:
    label = REMOVED[1]
    asked = {"question": "removal", "subset": f"class:{label}"}
    page = WhatIf(open_page(**VIEW, whatIf=asked))
    rows = page.rows("Ablated units")
    assert len(rows) == MEASURED + 1
    logits = truth.of_class(ASKED, STEP, label)[LAYERS[-1]]
    right = (logits.argmax(1) == label).mean()
    for key, row in rows.items():
        layer, _, unit = key.rpartition("/")
        without = removed(truth, state, label, layer, int(unit))
        fall = (logits - without)[:, label].mean()
        assert float(row["measured"]) == pytest.approx(fall, rel=1e-3, abs=1e-4)
        then = (without.argmax(1) == label).mean()
        told = [float(text) for text in row["cells"][6].split(" → ")]
        assert told == pytest.approx([right, then], abs=0.006)
        assert row["cells"][5] == f"{'−' if fall > 0 else '+'}{abs(fall):.2f}"  # noqa: RUF001
    falls = [float(row["measured"]) for row in rows.values()]
    assert falls == sorted(falls, reverse=True)


def test_a_unit_that_was_not_removed_is_predicted_and_names_the_call(
    open_page: Open, truth: Truth, state: dict[str, Values]
) -> None:
    page = WhatIf(open_page(**VIEW, whatIf={"question": "removal"}))
    ((layer, (known,)),) = OTHERS_MEASURED.items()
    region = page.frame.get_by_role("region", name="Look up a unit")
    region.get_by_label("layer").select_option(layer)
    for unit in (known, known + 1):
        region.get_by_label("Unit", exact=True).fill(str(unit))
        region.get_by_role("button", name="Look up").click()
        expect(region.locator("caption")).to_contain_text(f"unit {unit} of {layer}")
        rows = page.rows("Look up a unit")
        assert all(row["predicted"] for row in rows.values())
        measured = {key for key, row in rows.items() if row["measured"]}
        assert measured == ({f"class:{label}" for label in REMOVED} if unit == known else set())
        assert {row["cells"][2] for key, row in rows.items() if key not in measured} == {
            "not measured"
        }
        call = f'step={STEP}, units={{"{layer}": [{unit}]}}'
        expect(region.locator("code")).to_contain_text(call)
        for key in measured:
            label = int(key.removeprefix("class:"))
            logits = truth.of_class(ASKED, STEP, label)[LAYERS[-1]]
            fall = (logits - removed(truth, state, label, layer, unit))[:, label].mean()
            assert float(rows[key]["measured"]) == pytest.approx(fall, rel=1e-3, abs=1e-4)


def test_an_attack_report_shows_no_area_of_few_and_says_where_none_is_told(
    open_page: Open, truth: Truth
) -> None:
    page = WhatIf(open_page(**VIEW, whatIf={"question": "attacks"}))
    rows = list(page.rows("Attack report").values())
    sentences = page.frame.locator("[data-sentence]").all_inner_texts()
    assert len(rows) == len(sentences)
    right = (truth.everything(ASKED, STEP)[LAYERS[-1]].argmax(1) == truth.labels).sum()
    few, spanning = 0, 0
    for row, sentence in zip(rows, sentences, strict=True):
        name, success, counts, *areas = row["cells"]
        positives, benign = (int(count) for count in counts.split(" / "))
        assert benign == right // 2
        if row["of"] == "attack":
            assert round(100 * positives / (right - benign)) == pytest.approx(
                float(success.rstrip(" %")), abs=1
            )
        if positives < 30:
            few += 1
            assert areas == [f"too few (n = {positives})"]
            assert f"too few (n = {positives})" in sentence
            continue
        assert len(areas) == 3 + 1 + len(LAYERS)
        for area in areas:
            value, sign, low, high = re.findall(r"[\d.]+|[▲▼·]", area)
            assert float(low) <= float(value) <= float(high)
            beside = "▲" if float(low) > 0.5 else "▼" if float(high) < 0.5 else "·"
            assert sign in (beside, "·")
        if "·" in areas[3]:
            spanning += 1
            assert "does not detect it" in sentence or "does not flag it significantly" in sentence
        if name.startswith("benign errors"):
            assert positives == len(truth.labels) - right
    assert few == 2 * len(STRENGTHS) // 2
    assert spanning


def test_runs_without_answers_name_the_calls_that_give_some(open_page: Open) -> None:
    page = WhatIf(open_page(view="what-if", a=["once", "model", 40]))
    calls = {
        "Strips": "add_adversarial_strips(",
        "Ablation": "add_ablations(",
        "Attacks": "add_attack_report(",
    }
    for tab, call in calls.items():
        page.frame.get_by_role("tab", name=tab).click()
        expect(page.frame.locator(".what-if .message code").first).to_contain_text(call)
