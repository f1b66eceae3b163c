"""Maps of the probe set: where points lie at stops and between, how they move, whom one chooses."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.distance import cdist, pdist, squareform

from tests.e2e.backend import Backend
from tests.e2e.conftest import Open
from tests.e2e.neural_page import Neural, eventually, selection_in
from tests.e2e.plain_pass import LAYERS, Truth, Values, unpooled
from tests.e2e.projections_page import Projections
from tests.recording import FOCUS, RUNS

RUN, STEPS = "plain", RUNS["plain"][2]
STEP = STEPS[-1]
VIEW: dict[str, Any] = {"view": "projections", "a": [RUN, "model", STEP]}
NEIGHBOURS = 15


def full(truth: Truth, run: str, step: int) -> dict[str, Values]:
    """All activations of the probe set `[instances, numbers]` by layer."""
    found = unpooled(truth.states(run)[step], truth.probe)
    return {layer: values.reshape(len(values), -1) for layer, values in found.items()}


@pytest.fixture
def backend(tensorboard: str) -> Backend:
    return Backend(tensorboard, RUN)


def lies_at(maps: Projections, expected: Any, place: str = "A") -> None:
    np.testing.assert_allclose(maps.xy(place), expected, atol=1e-5)


def test_points_lie_where_the_route_says_at_every_stop_and_between_halfway(
    open_page: Open, backend: Backend
) -> None:
    maps = Projections(open_page(**VIEW, projection={"layer": 0}))
    found, meta = backend.arrays("projection", step=STEP)
    assert meta["layers"] == list(LAYERS)
    for at, _ in enumerate(LAYERS):
        lies_at(maps, found["xy"][at])
        if at < len(LAYERS) - 1:
            maps.slider("layers").press("ArrowRight")
            eventually(lambda to=at + 1: same(maps.stage()["layer"], to))
    assert maps.side()["instances"] == found["instance"].tolist()
    before, _ = backend.arrays("projection", step=STEPS[-2])
    maps.slide("layers", 1.5)
    eventually(lambda: lies_at(maps, found["xy"][1:3].mean(0)))
    maps.slide("steps", len(STEPS) - 1.75)
    mixed = 0.25 * found["xy"][1:3].mean(0) + 0.75 * before["xy"][1:3].mean(0)
    eventually(lambda: lies_at(maps, mixed))
    check_table(maps, mixed)
    check_pixels(maps)


def check_table(maps: Projections, expected: Any) -> None:
    """The saved table has each point where it is drawn, and says where that is."""
    lines = maps.table()
    assert [int(line["instance"]) for line in lines] == maps.side()["instances"]
    np.testing.assert_allclose(
        [[float(line[axis]) for axis in "xy"] for line in lines], expected, atol=1e-5
    )
    first = lines[0]
    assert (first["layer"], first["next layer"]) == LAYERS[1:3]
    assert (int(first["step"]), int(first["next step"])) == STEPS[-2:]
    assert [float(first[f"between {of}"]) for of in ("layers", "steps")] == [0.5, 0.25]


def check_pixels(maps: Projections) -> None:
    """Every point is painted where it is told to be; little else is."""
    pixels, screen = maps.pixels(), np.array(maps.side()["screen"])
    box = maps.frame.locator(".projection-canvas").bounding_box()
    assert box is not None
    ratio = pixels.shape[1] / box["width"]
    top, bottom = round(maps.top() * ratio), round((maps.top() + box["height"]) * ratio)
    pixels = pixels[top:bottom]
    ground = np.median(pixels.reshape(-1, 3), axis=0)
    painted = np.abs(pixels - ground).sum(2) > 60
    columns, rows = (screen * ratio).round().astype(int).T
    assert painted[rows, columns].all()
    assert painted.mean() < 0.1


def same(one: object, other: object) -> None:
    assert one == other


@pytest.mark.parametrize("only", [False, True])
def test_maps_are_solved_from_the_distances_of_all_activations(
    only: bool, open_page: Open, truth: Truth, backend: Backend
) -> None:
    chosen = {"instances": list(FOCUS), "projection": {"selectedOnly": only}}
    maps = Projections(open_page(**VIEW, **chosen))
    pivots = backend.arrays("projection", step=STEP)[0]["pivot"]
    for at, layer in enumerate(LAYERS):
        maps.slide("layers", at)
        eventually(lambda to=at: same(maps.stage()["layer"], to))
        shown, drawn = maps.side()["instances"], pdist(maps.xy())
        solved = np.union1d(pivots, FOCUS) if only else np.arange(len(truth.probe))
        assert shown == (list(FOCUS) if only else solved.tolist())
        values = full(truth, RUN, STEP)[layer]
        true = cdist(values[solved], values[solved if only else pivots])
        rows = np.searchsorted(solved, solved if only else pivots)
        expected = np.sqrt(solve(true, rows)[np.ix_(*2 * [np.searchsorted(solved, shown)])])
        expected = squareform(expected, checks=False)
        scale = drawn @ expected / (expected @ expected)
        np.testing.assert_allclose(drawn, scale * expected, atol=3e-3 * drawn.max())
        told = maps.frame.locator(".projection-main").inner_text()
        if not only:
            check_stress(told, cdist(values, values[pivots]), cdist(maps.xy(), maps.xy()[pivots]))


def solve(distances: Values, pivots: Any) -> Values:
    """Squared distances `[n, n]` on the map by the distances `[n, k]` to some of the points."""
    squares = distances**2
    centred = squares - squares.mean(0) - squares.mean(1, keepdims=True) + squares.mean()
    u, s, _ = np.linalg.svd(-centred / 2, full_matrices=False)
    axes = u[:, :2] * np.sqrt(s[:2])
    x, y = (axis[:, None] - axis[None] for axis in axes.T)
    terms = np.stack([x * x, 2 * x * y, y * y])
    form, *_ = np.linalg.lstsq(terms[:, :, pivots].reshape(3, -1).T, squares.ravel(), rcond=None)
    return np.maximum(np.tensordot(form, terms, 1), 0)


def check_stress(told: str, true: Values, drawn: Values) -> None:
    """The page tells Kruskal's stress of the map, of two digits."""
    one, other = true.ravel(), drawn.ravel()
    stress = np.sqrt(1 - (one @ other) ** 2 / (one @ one) / (other @ other))
    assert abs(float(re.findall(r"stress (\d?\.\d+)", told)[0]) - stress) <= 0.006


def test_steps_move_the_points_and_moment_a(open_page: Open, backend: Backend) -> None:
    maps = Projections(open_page(**VIEW, projection={"layer": 0}))
    maps.slider("steps").press("ArrowLeft")
    found, _ = backend.arrays("projection", step=STEPS[-2])
    eventually(lambda: lies_at(maps, found["xy"][0]))
    eventually(lambda: same(maps.neural.in_address()["a"][2], STEPS[-2]))
    slider = maps.frame.get_by_role("slider", name="Step of A")
    slider.press("Home")
    found, _ = backend.arrays("projection", step=STEPS[0])
    eventually(lambda: lies_at(maps, found["xy"][0]))
    assert maps.slider("steps").input_value() == "0"


def test_playing_goes_there_and_back_until_paused_and_rests_out_of_sight(open_page: Open) -> None:
    last = len(LAYERS) - 1
    maps = Projections(open_page(**VIEW, projection={"layer": last - 1}))
    maps.stage()
    maps.neural.page.emulate_media(reduced_motion="no-preference")
    maps.places_while("layer")
    maps.button("Play the layers").click()
    eventually(lambda: turned(maps.places(), last))
    assert len({place for place in maps.places() if last - 1 < place < last}) > 2, "it glides"
    out_of_sight(maps.neural, True)
    eventually(lambda: stands(maps))
    out_of_sight(maps.neural, False)
    before = len(maps.places())
    eventually(lambda: same(len(maps.places()) > before, True))
    maps.button("Pause").click()
    stands(maps)
    expect(maps.button("Play the layers")).to_be_visible()
    maps.button("Loop").click()
    maps.slide("layers", last - 0.2)
    maps.button("Play the layers").click()
    expect(maps.button("Play the layers")).to_be_visible()
    assert maps.stage()["layer"] == last


def turned(places: list[float], last: int) -> None:
    """It has come to the last stop and left it again."""
    assert last in places
    assert places[-1] < last
    assert places.index(last) < len(places) - 1


def out_of_sight(neural: Neural, hidden: bool) -> None:
    """Show or hide the tab as TensorBoard does."""
    frame = neural.frame.frame_element()
    frame.evaluate("(frame, hidden) => frame.style.height = hidden ? '0px' : ''", hidden)


def stands(maps: Projections) -> None:
    before = maps.places()
    maps.neural.page.wait_for_timeout(250)
    assert maps.places() == before


def test_with_reduced_motion_playing_goes_from_stop_to_stop(open_page: Open) -> None:
    maps = Projections(open_page(**VIEW))
    maps.stage()
    maps.places_while("layer")
    maps.button("Play the layers").click()
    eventually(lambda: same(maps.places()[-1] >= 1, True))
    maps.button("Pause").click()
    assert all(place == int(place) for place in maps.places())


def test_a_lasso_chooses_the_same_instances_in_all_views_and_by_link(open_page: Open) -> None:
    maps = Projections(open_page(**VIEW, projection={"layer": 3}))
    side = maps.side()
    corners, expected = around(np.array(side["screen"]), 10)
    chosen = [side["instances"][at] for at in expected]
    maps.lasso(corners)
    eventually(lambda: same(numbers(maps.neural.in_address()["instances"]), sorted(chosen)))
    check_rail(maps.neural, chosen)
    copied = maps.neural.copied_link()
    maps.frame.get_by_role("tab", name="Distributions").click()
    (row, *_) = maps.neural.picture(LAYERS[3])["rows"]
    assert len([mark for mark in row["marks"] if mark["kind"] == "dot"]) == len(chosen)
    cold = Projections(open_page(copied))
    assert cold.stage()["layer"] == 3
    assert cold.side() == side | {"lines": cold.side()["lines"]}
    check_rail(cold.neural, chosen)
    assert selection_in(copied) == cold.neural.in_address()
    ringed = [int(line["instance"]) for line in cold.table() if line["selected"] == "1"]
    assert ringed == sorted(chosen)


def around(points: Any, count: int) -> tuple[Any, list[int]]:
    """A polygon of many corners that holds about so many points, none near its edge; and which."""
    centre = points[cdist(points, points).mean(1).argmin()]
    away = np.linalg.norm(points - centre, axis=1)
    order = away.argsort()
    gaps = np.diff(away[order])
    at = count - 4 + int(gaps[count - 4 : count + 4].argmax())
    radius = away[order[at : at + 2]].mean()
    assert gaps[at] > 1
    angles = np.linspace(0, 2 * np.pi, 60)
    corners = centre + radius * np.stack([np.cos(angles), np.sin(angles)], 1)
    return corners, order[: at + 1].tolist()


def numbers(written: list[Any]) -> list[int]:
    """Instances of an address, of which runs are written as first and last."""
    spans = [one if isinstance(one, list) else [one, one] for one in written]
    return sorted(n for first, last in spans for n in range(first, last + 1))


def check_rail(neural: Neural, chosen: list[int]) -> None:
    pressed = neural.frame.locator("button.thumbnail[aria-pressed=true]")
    labels = pressed.evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    found = {re.sub(r"^\d+: ", "", label).split(",")[0] for label in labels}
    assert found
    assert found <= {str(instance) for instance in chosen}


def test_the_nearest_of_a_point_are_those_of_all_activations(open_page: Open, truth: Truth) -> None:
    maps = Projections(open_page(**VIEW, projection={"layer": 1}))
    screen = np.array(maps.side()["screen"])
    apart = cdist(screen, screen) + 1e3 * np.eye(len(screen))
    instance = int(apart[: len(truth.probe) - 4].min(1).argmax())
    maps.click(instance)
    card = maps.pinned()
    for at in (1, 0):
        maps.slide("layers", at)
        values = full(truth, RUN, STEP)[LAYERS[at]]
        away = cdist(values[[instance]], values)[0]
        away[instance] = np.inf
        expect(card.locator("li")).to_have_count(NEIGHBOURS)
        eventually(lambda away=away: check_nearest(card, truth, away))
    eventually(lambda: same(maps.neural.in_address().get("instances"), [instance]))


def check_nearest(card: Locator, truth: Truth, away: Values) -> None:
    """The listed instances are the nearest, in order, with their distances."""
    attacked = dict(zip(truth.benign, truth.attacked, strict=True))
    names = card.locator("li bdi:first-of-type").all_inner_texts()
    listed = [attacked[int(n.split()[0])] if "attacked" in n else int(n) for n in names]
    told = [float(text) for text in card.locator("li .pinned-distance").all_inner_texts()]
    nearest = np.sort(away)[:NEIGHBOURS]
    np.testing.assert_allclose(away[listed], nearest, rtol=1e-3)
    np.testing.assert_allclose(told, nearest, rtol=0.01)


def test_two_runs_side_by_side_lie_as_one_another_and_move_together(
    open_page: Open, backend: Backend, tensorboard: str
) -> None:
    b = ["slow", "model", "same", "step"]
    maps = Projections(open_page(**VIEW, b=b))
    other = Backend(tensorboard, "slow")
    anchor = {"anchor_run": RUN, "anchor_model": "model"}
    for step, b_step in ((STEP, 245), (STEPS[-2], 180)):
        own, _ = backend.arrays("projection", step=step)
        theirs, meta = other.arrays("projection", step=b_step, **anchor)
        assert meta["anchored"]
        for at in (0, 3):
            maps.slide("layers", at)
            eventually(lambda to=own["xy"][at]: lies_at(maps, to))
            lies_at(maps, theirs["xy"][at], "B")
            if step == STEP:
                turn, _ = orthogonal_procrustes(*(centred(maps.xy(place)) for place in "BA"))
                np.testing.assert_allclose(turn, np.eye(2), atol=1e-3)
        maps.slider("steps").press("ArrowLeft")
    titles = maps.frame.locator(".pane-titles li").all_inner_texts()
    assert [title[:1] for title in titles] == ["A", "B"]
    left, right = ([x for x, _ in maps.side(place)["screen"]] for place in "AB")
    assert max(left) < min(right)


def centred(points: Any) -> Any:
    return points - points.mean(0)


def test_a_log_without_maps_says_which_lines_record_them(open_odd: Open) -> None:
    neural = open_odd(view="projections", a=["two classes", "model", 20])
    message = neural.frame.locator("[data-view=projections] .message")
    expect(message).to_contain_text("No probe set recorded")
    expect(message.locator("code")).to_contain_text("probe=ProbeSet")
    few = Projections(open_odd(view="projections", a=["turned", "model", 0]))
    few.click(2)
    expect(few.pinned().locator("li")).to_have_count(3)


def test_lines_join_pairs_trails_and_moments(open_page: Open, truth: Truth) -> None:
    chosen = [truth.benign[0], truth.attacked[0], truth.attacked[1]]
    b = ["slow", "model", "same", "step"]
    maps = Projections(open_page(**VIEW, b=b, instances=chosen))
    assert maps.side()["lines"] == {"pairs": 2}
    trails = maps.tools.get_by_label("trails")
    trails.select_option("layers")
    ways = len(chosen) * (len(LAYERS) - 1)
    eventually(lambda: same(maps.side()["lines"].get("trails"), ways))
    trails.select_option("steps")
    ways = len(chosen) * (len(STEPS) - 1)
    eventually(lambda: same(maps.side()["lines"].get("trails"), ways))
    maps.tools.get_by_role("button", name="A minus B").click()
    eventually(lambda: same(maps.side()["lines"].get("moves"), len(truth.probe)))
