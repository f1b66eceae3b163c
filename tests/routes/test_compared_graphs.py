"""Two attribution graphs laid over each other."""

from __future__ import annotations

import numpy as np
import pytest

from tests import graph_logs
from tests.graph_logs import FEEDING, LAYERS
from tests.logs import CLASSES, Log, half, session, subject
from tests.routes.graph_reference import UNITS, unit_of
from tests.servers import Page, start_python


def test_two_classes_are_laid_over_each_other(page_of_graphs):
    pair = [subject("one", 20, f"class:{label}") for label in (0, 1)]
    both = page_of_graphs.json("graph", ranking="pagerank", s=pair)
    alone = [page_of_graphs.json("graph", ranking="pagerank", s=s) for s in pair]
    for at, sides in enumerate((("A", "both"), ("B", "both"))):
        nodes = {unit_of(both, node): node for node in both["nodes"] if node["side"] in sides}
        assert set(nodes) == {unit_of(alone[at], node) for node in alone[at]["nodes"]}
        for node in alone[at]["nodes"]:
            for number in ("rank", "count", "share", "importance"):
                assert nodes[unit_of(alone[at], node)][number][at] == node[number][0]
        edges = [edge for edge in both["edges"] if edge["side"] in sides]
        assert len(edges) == len(alone[at]["edges"])
        assert both["retained"][at] == alone[at]["retained"][0]
    assert all(node["matched"] and node["unit"] == node["other"] for node in both["nodes"])
    assert both["subjects"][1]["identity"] == "same"


def permuted(order, seed):
    """The records of a step of a run whose hidden units are in another order."""
    made = graph_logs.numbers(seed)
    for name, places in order.items():
        made.counts[name] = made.counts[name][:, places]
        made.importance[name] = {key: row[places] for key, row in made.importance[name].items()}
    for tables in (made.weights, made.summit):
        for consumer, producers in FEEDING.items():
            columns, first = [], 0
            for name, count, _ in producers:
                columns += list(first + order[name])
                first += count
            tables[consumer] = {
                key: table[order[consumer]][:, columns] for key, table in tables[consumer].items()
            }
    return graph_logs.records_of(made)


@pytest.mark.parametrize("probed", [True, False])
def test_runs_of_other_weights_are_matched_unit_by_unit(tmp_path, probed):
    random = np.random.default_rng(3)
    order = {name: random.permutation(count) for name, count in UNITS.items()}
    order["logits"] = np.array([2, 0, 1])
    names = tuple(CLASSES[at] for at in order["logits"])
    seen = {name: random.normal(size=(6, count)) for name, count in UNITS.items()}
    runs = {
        "one": (CLASSES, {name: np.arange(n) for name, n in UNITS.items()}),
        "two": (names, order),
    }
    for run, (classes, places) in runs.items():
        with Log(tmp_path / run) as log:
            hash_ = "probe-1" if probed else None
            log.write(0, [session(layers=LAYERS, weights=run, classes=classes, probe=hash_)])
            log.write(0, permuted(places, 4))
            if probed:
                log.write(0, {name: half(values[:, places[name]]) for name, values in seen.items()})
    page = Page(start_python(tmp_path))
    answer = page.json(
        "graph", ranking="pagerank", s=[subject("one", 0, "all"), subject("two", 0, "all")]
    )
    assert answer["subjects"][1]["identity"] == ("matched" if probed else "none")
    for node in answer["nodes"]:
        name, unit = unit_of(answer, node)
        if probed or name == "logits":
            assert order[name][node["other"]] == unit
            assert node["rank"][0] == node["rank"][1]
            assert (node["side"], node["matched"]) == ("both", True)
        else:
            assert node["side"] in ("A", "B")
            assert not node["matched"]
            assert None in node["rank"]
    sides = {edge["side"] for edge in answer["edges"]}
    assert sides == ({"both"} if probed else {"A", "B"})
