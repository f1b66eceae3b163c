"""The attribution graph of one subject, or of two together."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tensorboard import errors

from tb_plugin_neural.analysis import attribution_graph as analysis
from tb_plugin_neural.analysis.graph_comparison import compare
from tb_plugin_neural.analysis.networks.layer_rows import choose_rows, inner_layers
from tb_plugin_neural.contract.graph_records import INFLUENCE, Topology
from tb_plugin_neural.lookup import graphs, recorded_graphs
from tb_plugin_neural.lookup.recorded_graphs import CountingRule, GraphRecords
from tb_plugin_neural.routes.graphs import graph_sides
from tb_plugin_neural.routes.graphs.graph_nodes import Nodes
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.routes.requests.arguments import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug import Request, Response

    from tb_plugin_neural.routes.graphs.graph_sides import Side
    from tb_plugin_neural.store.store import Store

FEW = 20
ROWS, MOST_ROWS, MOST_OPEN = 12, 32, 64
MOST_LISTED, LONGEST_NAME = 8, 60


@dataclass(frozen=True)
class Asked:
    """The arguments of a graph besides its subjects."""

    measure: str | None
    way: CountingRule
    keep: float | None
    ranking: str
    directed: bool
    rows: int
    open: tuple[str, ...]


def graph(store: Store, request: Request) -> Response:
    """Answer the attribution graph of a subject, or of two, laid over each other."""
    options = _asked(request)
    subjects = arguments.subjects(request)
    if len(subjects) > 2:
        raise errors.InvalidArgumentError(f"{len(subjects)} arguments s, expected 1 or 2")
    found = [
        graphs.find(store, subject, measure=options.measure, way=options.way)
        for subject in subjects
    ]
    shown, inner = _rows(found[0], options)
    sides = [
        graph_sides.make(
            store,
            subject,
            evidence,
            shown,
            keep=options.keep,
            ranking=options.ranking,
            directed=options.directed,
        )
        for subject, evidence in zip(subjects, found, strict=True)
    ]
    first = sides[0]
    matched = {name: graph_sides.match(store, first, sides[-1], name) for name in shown}
    match = graph_sides.join(sides, matched) if len(sides) > 1 else None
    second = sides[1].graph if len(sides) > 1 else None
    away = [side.errors for side in sides]
    both = compare(first.graph, second, match, (away[0], away[-1]))
    identity = graph_sides.identify(sides, matched)
    return arguments.document(
        request,
        {
            "subjects": [
                _describe(side, identity if at else graph_sides.SAME)
                for at, side in enumerate(sides)
            ],
            "measure": first.evidence.measure,
            "baseline": first.evidence.baseline,
            **_way(first.evidence),
            "retained": [rounded(side.graph.retained) for side in sides],
            "relaxed": max(side.graph.relaxed for side in sides),
            "lift": options.ranking == graph_sides.LIFT,
            "ranking": first.ranking,
            "directed": options.directed,
            "layers": _layers(first.evidence, shown, inner),
            "nodes": Nodes(store, sides, shown).all(both),
            "edges": [
                {
                    "from": edge.producer,
                    "to": edge.consumer,
                    "side": edge.side,
                    "weight": [rounded(weight) for weight in edge.weight[: len(sides)]],
                    "kind": edge.kind,
                    "decided": edge.decided,
                }
                for edge in both.edges
            ],
            "notes": list(
                dict.fromkeys(
                    n for side in sides for n in _notes(store, side, shown, options.ranking)
                )
            ),
            "options": _options(first.evidence),
        },
    )


def _asked(request: Request) -> Asked:
    measure = arguments.one_of(request, "measure", INFLUENCE, None)
    keep = arguments.share(request, "keep")
    lift = graph_sides.LIFT if arguments.flag(request, "lift") else graph_sides.IMPORTANCE
    rows = arguments.integer(request, "rows", ROWS)
    if not 1 <= rows <= MOST_ROWS:
        raise errors.InvalidArgumentError(f"rows is {rows}, expected 1 to {MOST_ROWS}")
    return Asked(
        measure,
        arguments.way(request),
        keep,
        arguments.one_of(request, "ranking", graph_sides.RANKINGS, lift),
        arguments.flag(request, "directed"),
        rows,
        tuple(request.args.getlist("open")[:MOST_OPEN]),
    )


def _rows(evidence: GraphRecords, options: Asked) -> tuple[list[str], dict[str, list[str]]]:
    """Return the layers shown, and those that each of the rows stands for."""
    names = [layer.name for layer in evidence.layers]
    output = [layer.name for layer in evidence.layers if layer.output]
    rows = choose_rows(names, options.rows, output)
    inner = inner_layers(names, rows)
    opened = [name for row in options.open for name in inner.get(row, [])][:MOST_OPEN]
    return [name for name in names if name in rows or name in opened], inner


def _describe(side: Side, identity: Mapping[str, Any]) -> dict[str, Any]:
    evidence, subset = side.evidence, side.subject.subset
    inputs = evidence.subsets.get(subset, 0)
    return {
        **asdict(side.subject),
        "step": evidence.step,
        "inputs": inputs,
        "sampled": evidence.sampled.get(evidence.stand_in(subset), 0),
        "few": inputs < FEW,
        **identity,
    }


def _way(evidence: GraphRecords) -> dict[str, Any]:
    records = [(evidence.counted[one.name], evidence.way[one.name]) for one in evidence.layers]
    every = [(record.masses[row], record.of[row]) for record, row in records]
    mass, of = next((way for way in every if way[1] == recorded_graphs.DEVIATION), every[0])
    return {"mass": rounded(mass), "of": of}


def _layers(
    evidence: GraphRecords, shown: Sequence[str], inner: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    return [
        {
            "name": layer.name,
            "type": layer.type,
            "units": evidence.units[layer.name],
            "negative": rounded(evidence.counted[layer.name].negative),
            "of": evidence.counted[layer.name].of[evidence.way[layer.name]],
            "inner": inner.get(layer.name, []),
            "output": layer.output,
        }
        for layer in evidence.layers
        if layer.name in shown
    ]


def _options(evidence: GraphRecords) -> dict[str, Any]:
    ways = [pair for r in evidence.counted.values() for pair in zip(r.masses, r.of, strict=True)]
    return {
        "masses": sorted({mass for mass, _ in ways if math.isfinite(mass)})[:20],
        "of": sorted({of for _, of in ways})[:20],
        "measures": graphs.measures(evidence.model),
    }


def _notes(store: Store, side: Side, shown: Sequence[str], measure: str) -> list[str]:
    """Return what is missing, and what stands for it."""
    evidence, subset, found = side.evidence, side.subject.subset, side.graph
    where = f"{side.model.run} at step {evidence.step}"
    stand_in = evidence.stand_in(subset)
    notes = []
    uncounted = [one.name for one in side.model.about.layers if one.name not in evidence.counted]
    if uncounted:
        notes.append(f"{where}: no activation counts of {_listed(uncounted)}.")
    if not evidence.influence:
        notes.append(f"{where}: no influence is recorded, and no edges; recorder.run records it.")
    elif stand_in != subset:
        notes.append(
            f"{where}: no influence is recorded for {_said(side, subset)}; that of "
            f"{_said(side, stand_in)} is shown. Classes get their own with "
            "Recorder(model, statistics=Statistics(focus=…))."
        )
    if side.ranking == graph_sides.PAGERANK != measure:
        notes.append(
            f"{where}: no importance is recorded for {_said(side, subset)}; units are chosen by "
            "PageRank."
        )
    if found.disconnected:
        notes.append(
            f"{where}: of {_listed(found.disconnected)} no unit shown is fed by another that is."
        )
    if found.crowded:
        notes.append(f"{where}: the {analysis.MOST_NODES} units that matter most are shown alone.")
    topology = store.newest(side.model, Topology)
    links = topology.links if topology else ()
    unmeasured = [
        f"{link.producer} to {link.consumer}"
        for link in links
        if link.kind == "unmeasured" and {link.producer, link.consumer} <= set(shown)
    ]
    if unmeasured:
        notes.append(f"{side.model.run}: not measured is the influence of {_listed(unmeasured)}.")
    return notes


def _said(side: Side, subset: str) -> str:
    """Return a subset's key, with the name of its class."""
    found, names = recorded_graphs.OF_CLASS.fullmatch(subset), side.model.about.classes
    label = int(found["label"]) if found else len(names)
    return f"{subset} ({names[label][:LONGEST_NAME]})" if label < len(names) else subset


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more
