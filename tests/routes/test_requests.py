"""Every route: content types, and what is wrong in a request."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

import tb_plugin_neural
from tb_plugin_neural.routes import ROUTES
from tb_plugin_neural.routes.requests.arguments import rounded
from tb_plugin_neural.routes.requests.declared import Content, Json, plain
from tb_plugin_neural.routes.requests.files import FOLDER
from tests.logs import (
    subject,
)
from tests.strip_logs import strip_id

RUN = {"run": "one", "model": "model"}
PAIR = [subject("one", 0, "class:0"), subject("two", 10, "class:1")]
STRIP = strip_id("00000001", 20)
READING = {
    "index": {},
    "findings": {"s": PAIR},
    "distributions": {"layer": "fc", "s": PAIR},
    "divergence": {"layer": "fc", "s": PAIR},
    "layers": {"s": PAIR},
    "history": {**RUN, "layer": "fc", "unit": 0, "subset": "all"},
    "metrics": RUN,
    "instances": RUN,
    "thumbnail": {**RUN, "instance": 0},
    "predictions": {**RUN, "step": 0},
    "activations": {"layer": "fc", "s": PAIR[0], "i": [0, 1]},
    "neural_divergence": {**RUN, "step": 0, "i": [0, 1]},
    "graph": {"s": PAIR},
    "similarity": {"layer": "fc", "s": PAIR[0]},
    "embedding": {**RUN, "step": 0},
    "influence": {"layer": "logits", "unit": 0, "s": PAIR[0]},
    "serves": {**RUN, "step": 0, "layer": "fc", "unit": 0},
    "names": RUN,
    "examples": {**RUN, "step": 0, "layer": "fc", "unit": 0},
    "facets": {**RUN, "step": 0},
    "facet_atlas": {**RUN, "layer": "fc", "id": "00000001-20"},
    "thumbnails": RUN,
    "projection": {**RUN, "step": 0},
    "trail": {**RUN, "layer": "fc", "instances": "0,2-3"},
    "neighbours": {**RUN, "step": 0, "layer": "fc", "instance": 0},
    "strips": RUN,
    "strip": {**RUN, "id": STRIP},
    "strip_picture": {**RUN, "id": STRIP, "picture": 0},
    "saliency": {**RUN, "step": 0, "instance": 0, "method": "occlusion"},
    "architecture": RUN,
    "dead_units": {**RUN, "step": 0, "layer": "fc"},
    "health": {**RUN, "step": 20},
    "layer_series": {**RUN, "of": "change"},
    "ablations": {**RUN, "step": 0},
    "ablation": {**RUN, "step": 0, "layer": "fc", "unit": 0},
    "confusion": {**RUN, "step": 20, "true": 0, "predicted": 1},
    "attack_report": RUN,
}
JSON = {name for name in READING if isinstance(ROUTES[f"/{name}"].answers, Json)}
PICTURES = {name for name in READING if isinstance(ROUTES[f"/{name}"].answers, Content)}


def test_every_route_is_tested_here_and_told_in_the_documentation():
    assert {f"/{route}" for route in READING} | {"/static/*"} == set(ROUTES)
    text = (Path(__file__).parents[2] / "docs" / "http_api.md").read_text()
    titles = re.findall(r"^## `(/[^?`]+)", text, re.MULTILINE)
    assert sorted(titles) == sorted(ROUTES)


@pytest.mark.parametrize("route", READING)
def test_every_answer_has_its_content_type(page, route):
    response = page.get(route, **READING[route])
    assert response.status_code == 200, response.text
    kind = "application/json" if route in JSON else "application/octet-stream"
    assert response.content_type == ("image/png" if route in PICTURES else kind)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    head = page.client.head(f"/data/plugin/neural/{route}", query_string=READING[route])
    assert (head.status_code, head.data) == (200, b"")


@pytest.mark.parametrize("route", READING)
def test_nothing_is_answered_but_reading(page, route):
    for method in ("post", "put", "delete", "patch"):
        response = getattr(page.client, method)(f"/data/plugin/neural/{route}")
        assert response.status_code == 405
        assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("route", "name"),
    [("activations", "i")]
    + [(route, plain(name)) for route in READING for name in ROUTES[f"/{route}"].needs],
)
def test_a_missing_argument_is_named(page, route, name):
    arguments = {key: value for key, value in READING[route].items() if key != name}
    response = page.get(route, **arguments)
    assert response.status_code == 400
    assert response.content_type.startswith("text/plain")
    assert name in response.text


FORGED = ["", "nonsense", "../../etc/passwd", "%2e%2e", "\x00", "-1", "9" * 18, "1e3", "[]", "NaN"]


@pytest.mark.parametrize(
    ("route", "name"), [(r, name) for r, arguments in READING.items() for name in arguments]
)
def test_a_forged_argument_is_a_400_or_404_that_explains_itself(page, route, name):
    anything = {"layer", "subset", "run", "model", "id"}
    for forged in FORGED:
        response = page.get(route, **{**READING[route], name: forged})
        nearest = name == "step" and forged in ("-1", "9" * 18)
        assert response.status_code == 200 if nearest else response.status_code in (400, 404)
        if response.status_code != 200:
            assert response.content_type.startswith("text/plain")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert name in anything or response.status_code == 400 or forged.strip("-").isdigit()


@pytest.mark.parametrize(
    "forged",
    [
        '["one","model",0]',
        '["one","model","0","all"]',
        '["one","model",true,"all"]',
        '["one","model",0.5,"all"]',
        '["one","model",1e999,"all"]',
        '["one","model",0,["all"]]',
        '[["one"],"model",0,"all"]',
        '{"run":"one"}',
        '"abcd"',
        "[" * 100_000,
        json.dumps(["one", "model", 10**30, "all"]),
    ],
)
def test_a_malformed_subject_is_a_400(page, forged):
    response = page.get("distributions", layer="fc", s=forged)
    assert response.status_code == 400
    assert "s is " in response.text


def test_what_is_not_there_is_named(page):
    asked = {"layer": "fc", "s": subject("one", 0)}
    for change, named in (
        ({"layer": "conv9"}, "conv9"),
        ({"s": subject("three", 0)}, "three"),
        ({"s": subject("one", 0, model="critic")}, "critic"),
        ({"s": subject("one", 0, "class:9")}, "class:9"),
        ({"s": [subject("one", 0), subject("two", 0, "slice:x")]}, "slice:x"),
    ):
        response = page.get("distributions", **{**asked, **change})
        assert response.status_code == 404
        assert named in response.text


def test_too_many_subjects_are_a_400(page):
    response = page.get("distributions", layer="fc", s=257 * [subject("one", 0)])
    assert response.status_code == 400


def test_exactly_two_subjects_are_compared(page):
    for route in ("divergence", "layers"):
        for count in (1, 3):
            response = page.get(route, layer="fc", s=count * [subject("one", 0)])
            assert response.status_code == 400
            assert f"{count} arguments s, expected 2" in response.text


def test_arrays_travel_as_float32_and_unsigned_integers(page):
    for route, arguments in READING.items():
        if route in JSON or route in PICTURES:
            continue
        arrays, _ = page.arrays(route, **arguments)
        kinds = {str(array.dtype) for array in arrays.values()}
        assert kinds <= {"float32", "uint8", "uint16", "uint32"}, route


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.23456, 1.235),
        (-0.000123456, -0.0001235),
        (sys.float_info.max, sys.float_info.max),
        (-sys.float_info.max, -sys.float_info.max),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
    ],
)
def test_a_number_in_json_has_four_digits_and_is_finite(value, expected):
    assert rounded(value) == expected


class TestStatic:
    @pytest.mark.parametrize(
        "name",
        [
            "../plugin.py",
            "%2e%2e/plugin.py",
            "..%2fplugin.py",
            "%2e%2e%2f%2e%2e%2fpyproject.toml",
            "/etc/passwd",
            "//etc/passwd",
            "index.js/../../plugin.py",
            "nothing.js",
            "",
            "\x00",
        ],
    )
    def test_nothing_beside_the_page_is_read(self, page, name):
        response = page.get(f"static/{name}")
        assert response.status_code == 404
        assert b"import" not in response.data

    def test_the_page_is_a_module(self, page):
        response = page.get("static/index.js")
        assert response.status_code == 200
        assert response.content_type.startswith("text/javascript")
        assert "render" in response.text

    def test_the_page_is_looked_for_where_it_is_built(self):
        assert Path(tb_plugin_neural.__file__).parent / "static" == FOLDER

    def test_all_built_files_are_served(self, page):
        for path in (p for p in FOLDER.rglob("*") if p.suffix in (".js", ".css")):
            response = page.get(f"static/{path.relative_to(FOLDER).as_posix()}")
            assert response.data == path.read_bytes()

    def test_a_page_built_anew_is_served_and_only_its_entry_is_asked_for_again(
        self, page, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("tb_plugin_neural.routes.requests.files.FOLDER", tmp_path)
        (tmp_path / "index.js").write_text('import "./shared-a1.js"')
        assert page.get("static/shared-a1.js").status_code == 404
        (tmp_path / "shared-a1.js").write_text("export {}")
        assert page.get("static/shared-a1.js").text == "export {}"
        kept = page.get("static/shared-a1.js").headers["Cache-Control"]
        assert kept == "private, max-age=31536000"
        assert "max-age" not in page.get("static/index.js").headers.get("Cache-Control", "")

    def test_a_page_that_is_not_built_says_how(self, page, tmp_path, monkeypatch):
        monkeypatch.setattr("tb_plugin_neural.routes.requests.files.FOLDER", tmp_path / "absent")
        text = page.get("static/index.js").text
        assert "export function render" in text
        assert "make setup" in text
