"""What shows units: examples, feature visualizations, and thumbnails all at once."""

from __future__ import annotations

import dataclasses
import io
import itertools

import numpy as np
import pytest
from PIL import Image

from tests import graph_logs
from tests.logs import Log, half, probe, session
from tests.routes.probed import LABELS, graph_step, instances_of, png
from tests.servers import Page, start_python

RUN = {"run": "one", "model": "model"}


def test_examples_are_those_recorded_with_their_activations(page):
    record = next(r for r in graph_step(10)["fc"] if r.kind == "examples")
    for unit in range(4):
        found = page.json("examples", **RUN, step=12, layer="fc", unit=unit)
        assert (found["step"], found["hash"]) == (10, "probe-1")
        instances = record.instance[unit].tolist()
        assert [one["instance"] for one in found["examples"]] == instances
        for one in found["examples"]:
            value = instances_of(10)[one["instance"], unit]
            assert one["value"] == pytest.approx(value, rel=1e-3)
            assert (one["box"], one["position"]) == ([0, 0, 1, 1], [])


POSITIONS = [[[0, 0], [7, 7], [2, 5]]]


@pytest.mark.parametrize(
    ("changes", "boxes"),
    [
        ({}, [[0, 0, 3, 3], [13, 13, 16, 16], [3, 9, 7, 13]]),
        ({"start": (0, 2), "extent": (1, 2)}, [[0, 2, 1, 4], [14, 16, 15, 16], [4, 12, 5, 14]]),
        ({"stride": (), "extent": (), "start": ()}, [[0, 0, 16, 16]] * 3),
        ({"stride": (-(2**53),) * 2}, [[0, 0, 3, 3], [0, 0, 0, 0], [0, 0, 0, 0]]),
        ({"input_shape": (0, 0)}, [[0, 0, 16, 16]] + [[16, 16, 16, 16]] * 2),
    ],
)
def test_boxes_are_what_the_positions_see(tmp_path, changes, boxes):
    with Log(tmp_path / "one") as log:
        log.write(0, [session(probe="probe-1"), probe(9)])
        log.write(0, {"fc": graph_logs.examples([[8, 1, 2]], POSITIONS, **changes)})
    found = Page(start_python(tmp_path)).json("examples", **RUN, step=0, layer="fc", unit=0)
    expected = [[round(end / 16, 3) for end in box] for box in boxes]
    assert [one["box"] for one in found["examples"]] == [
        pytest.approx(b, abs=1e-3) for b in expected
    ]
    assert [one["position"] for one in found["examples"]] == POSITIONS[0]
    assert {one["value"] for one in found["examples"]} == {None}


def test_tokens_are_boxes_over_the_whole_height(tmp_path):
    line = {"shape": (8,), "input_shape": (16,), "stride": (2,), "extent": (4,), "start": (-1,)}
    with Log(tmp_path / "one") as log:
        log.write(0, [session(probe="probe-1"), probe(9)])
        log.write(0, {"fc": graph_logs.examples([[3]], [[[2]]], **line)})
    found = Page(start_python(tmp_path)).json("examples", **RUN, step=0, layer="fc", unit=0)
    assert found["examples"][0]["box"] == [0, round(3 / 16, 3), 1, round(7 / 16, 3)]


def test_examples_of_another_probe_set_are_none(open_page, tmp_path):
    with Log(tmp_path / "one") as log:
        log.write(0, [session(probe="probe-1"), probe(9)])
        log.write(0, {"fc": graph_logs.examples([[3]], [[[2, 2]]], "probe-2")})
    response = open_page(tmp_path).get("examples", **RUN, step=0, layer="fc", unit=0)
    assert response.status_code == 404
    assert "probe=ProbeSet(…)" in response.text


def test_facets_are_listed_and_their_atlas_may_be_kept(page):
    (atlas,) = page.json("facets", **RUN, step=0)["layers"]["fc"]
    fields = {"step": 20, "tile": 4, "columns": 3, "perUnit": 2, "units": [3, 1]}
    assert {key: atlas[key] for key in fields} == fields
    response = page.get("facet_atlas", **RUN, layer="fc", id=atlas["id"])
    assert response.content_type == "image/png"
    assert response.headers["Cache-Control"] == "private, max-age=86400"
    np.testing.assert_array_equal(Image.open(io.BytesIO(response.data)), png(99, 12)[1])


def test_the_atlas_of_the_nearest_step_comes_first(open_page, tmp_path):
    with Log(tmp_path / "one") as log:
        log.write(0, [session()])
        for step in (0, 10, 20):
            log.write(step, {"fc": graph_logs.facets([step // 10], png(step)[0])})
    page = open_page(tmp_path)
    for step, order in ((0, [0, 10, 20]), (12, [10, 0, 20]), (99, [20, 10, 0])):
        listed = page.json("facets", **RUN, step=step)["layers"]["fc"]
        assert [atlas["step"] for atlas in listed] == order
    ids = {atlas["id"] for atlas in listed}
    assert len(ids) == 3


def test_an_atlas_that_is_no_picture_is_not_served(open_page, tmp_path):
    with Log(tmp_path / "one") as log:
        log.write(0, [session()])
        log.write(0, {"fc": graph_logs.facets([0], b"<svg onload=alert(1)>")})
    page = open_page(tmp_path)
    (atlas,) = page.json("facets", **RUN, step=0)["layers"]["fc"]
    response = page.get("facet_atlas", **RUN, layer="fc", id=atlas["id"])
    assert response.status_code == 404
    assert response.content_type.startswith("text/plain")
    assert page.get("facet_atlas", **RUN, layer="fc", id="other").status_code == 404


def split(arrays):
    ends = arrays["offset"].tolist()
    return [arrays["bytes"][a:b].tobytes() for a, b in itertools.pairwise(ends)]


def test_all_thumbnails_come_at_once(page):
    arrays, meta = page.arrays("thumbnails", **RUN)
    assert split(arrays) == [png(seed)[0] for seed in range(len(LABELS))]
    assert meta == {"hash": "probe-1", "first": 0, "instances": len(LABELS)}
    response = page.get("thumbnails", **RUN, hash="probe-1")
    assert response.headers["Cache-Control"] == "private, max-age=86400"
    assert page.get("thumbnails", **RUN, hash="probe-2").status_code == 404


def test_thumbnails_come_in_pages(page):
    arrays, meta = page.arrays("thumbnails", **RUN, first=4, count=9)
    assert split(arrays) == [png(seed)[0] for seed in (4, 5)]
    assert meta["first"] == 4
    assert split(page.arrays("thumbnails", **RUN, first=99)[0]) == []
    for wrong in ({"first": -1}, {"count": 513}, {"count": -1}):
        assert page.get("thumbnails", **RUN, **wrong).status_code == 400


def test_a_damaged_or_huge_thumbnail_is_empty(open_page, tmp_path):
    good, huge = png(0)[0], png(1)[0] + bytes(2**17)
    with Log(tmp_path / "one") as log:
        log.write(0, [session(probe="probe-1"), probe(3, pictures=[b"<svg>", good, huge])])
    arrays, _ = open_page(tmp_path).arrays("thumbnails", **RUN)
    assert split(arrays) == [b"", good, b""]


def test_a_probe_set_without_pictures_has_empty_thumbnails(open_page, tmp_path):
    with Log(tmp_path / "one") as log:
        log.write(0, [session(probe="probe-1"), dataclasses.replace(probe(2), pictured=False)])
        log.write(0, {"fc": half(np.zeros((2, 4)))})
    assert split(open_page(tmp_path).arrays("thumbnails", **RUN)[0]) == [b"", b""]
