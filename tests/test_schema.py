"""What is made from the declared routes is as it would be made now, and they are as documented."""

from __future__ import annotations

import re

import pytest

from tb_plugin_neural.routes import ROUTES
from tb_plugin_neural.routes.answers import graphs
from tb_plugin_neural.routes.requests.declared import ARGUMENTS, Content, Json, plain
from tests.declared import assert_fits
from tools import schema

TITLE = re.compile(r"^## `(?P<route>/[^?`]+)(?P<query>[^`]*)`$", re.MULTILINE)


def test_the_pages_schema_is_made_from_the_declarations():
    assert schema.SCHEMA.read_text("utf-8") == schema.schema(), "make schema writes it anew"


def test_the_tables_of_the_documentation_are_made_from_the_declarations():
    text = schema.PAGE.read_text("utf-8")
    assert text == schema.documented(text), "make schema writes them anew"
    assert {found["route"] for found in schema.MARK.finditer(text)} == {*ROUTES}


def test_the_arguments_of_the_documentation_are_those_declared():
    for title in TITLE.finditer(schema.PAGE.read_text("utf-8")):
        route = ROUTES[title["route"]]
        told = {*re.findall(r"(\w+)=", title["query"])}
        assert told == {plain(name) for name in (*route.needs, *route.may)}, title["route"]
        assert told <= ARGUMENTS.keys()


def test_a_type_is_spelled_as_typescript_and_the_documentation_spell_it():
    table = schema.table(ROUTES["/layers"])
    assert "| `layers[].mean` | number or `null` | of the units' distances" in table
    text = schema.schema()
    assert "  readonly profile: readonly number[] | null;" in text
    assert "  readonly examples: readonly (readonly [number, number, number" in text
    assert "  readonly names: Readonly<Record<string, Readonly<Record<string, string>>>>;" in text
    assert "  readonly distributions: Answer<DistributionsArrays, DistributionsMeta>;" in text
    assert "    readonly s: readonly SentSubject[];" in text


@pytest.mark.parametrize(
    "value",
    [
        {"id": "a", "tile": 1},
        {"id": "a", "tile": 1, "count": 2, "more": 3},
        {"id": "a", "tile": 1.5, "count": 2},
        {"id": None, "tile": 1, "count": 2},
        {"id": "a", "tile": True, "count": 2},
    ],
)
def test_an_answer_that_is_not_as_declared_is_told(value):
    with pytest.raises(AssertionError):
        assert_fits(value, graphs.FacetPlace, "")
    assert_fits({"id": "a", "tile": 1, "count": 2}, graphs.FacetPlace, "")


def test_all_routes_that_answer_json_are_typed():
    answers = [route.answers for route in ROUTES.values() if not isinstance(route.answers, Content)]
    tops = [one.of if isinstance(one, Json) else one.meta for one in answers]
    assert all(top is not None for top in tops)
