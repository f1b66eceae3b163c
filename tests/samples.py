"""A strategy that draws records of every kind."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from tb_plugin_neural.contract import graph_records, projection_records, records, what_if_records
from tb_plugin_neural.contract.records import COUNTS, Layer, Problem

TEXT = st.text(max_size=12)
SHARE = st.floats(0, 1)
MODE = st.sampled_from(["train", "eval", "mixed"])


def _texts(size: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(TEXT, min_size=size, max_size=size).map(tuple)


def _indices(size: int, least: int, bound: int) -> st.SearchStrategy[tuple[int, ...]]:
    one = st.integers(least, max(least, bound - 1))
    return st.lists(one, min_size=size, max_size=size).map(tuple)


LAYERS = st.builds(Layer, TEXT, TEXT, st.integers(0, 9), TEXT, st.booleans())
KINDS_OF_LINK = st.sampled_from(graph_records.LINKS)
LINKS = st.builds(graph_records.Link, TEXT, TEXT, KINDS_OF_LINK, _texts(2))
UNIT_NAMES = st.builds(graph_records.UnitName, TEXT, st.integers(0, 9), TEXT)
SHAPES = st.builds(graph_records.LayerShape, TEXT, _indices(2, 0, 9), st.integers(0, 9))
METRICS = st.sampled_from(projection_records.METRICS)
QUALITY = dict.fromkeys(("trustworthiness", "continuity", "preservation"), st.none() | SHARE)
PLACES = {  # of one of few
    *("subset", "producer", "pivot", "focus", "frame"),
    *(("neighbours", "instance"), ("ablations", "layer")),
}
PROBLEMS = st.builds(Problem, TEXT, st.integers(0, 9), TEXT)


def _json_fields(kind: str, size: dict[str, int]) -> dict[str, st.SearchStrategy[Any]]:
    rows, instances = size["S"], size["N"]
    return {
        "session": {
            "name": TEXT,
            "task": st.sampled_from(records.TASKS),
            "classes": _texts(3),
            "subset_names": _texts(2),
            "layers": st.lists(LAYERS, max_size=3).map(tuple),
            "probe": st.none() | TEXT,
            "weights": TEXT,
            "left_out": _texts(1),
            "addition": st.booleans(),
        },
        "histograms": {
            "mode": MODE,
            "subsets": _texts(rows),
            "total": st.just(tuple(range(min(rows, 2)))),
        },
        "moments": {"mode": MODE, "subsets": _texts(rows)},
        "class_metrics": {
            "mode": MODE,
            "rows": _texts(size["R"]),
            "total": st.integers(0, 2**40),
            "unlabelled": st.integers(0, 2**40),
        },
        "probe": {
            "hash": TEXT,
            "names": _texts(instances),
            "labels": _indices(instances, -1, 9),
            "pairs": _indices(instances, -1, instances),
            "notes": _texts(instances),
            "texts": _texts(instances),
            "slices": st.sampled_from([(), (("night",),) * instances]),
            "pictured": st.booleans(),
            "lossless": st.booleans(),
        },
        "topology": {"links": st.lists(LINKS, max_size=3).map(tuple), "notes": _texts(1)},
        "activation_counts": {
            "mode": MODE,
            "subsets": _texts(rows),
            "masses": st.lists(SHARE, min_size=size["M"], max_size=size["M"]).map(tuple),
            "of": _texts(size["M"]),
            "negative": SHARE,
        },
        "importance": {"subsets": _texts(rows)},
        "influence_sample": {"subsets": _texts(rows), "seed": st.integers(0, 9)},
        "examples": {
            "probe": TEXT,
            "shape": _indices(size["D"], 0, 9),
            "input_shape": _indices(size["D"], 0, 9),
            **dict.fromkeys(("stride", "extent", "start"), _indices(size["D"], -9, 9)),
        },
        "feature_visualization": {"tile": st.integers(0, 9), "columns": st.integers(0, 9)},
        "class_embedding": {
            "method": TEXT,
            "parameters": TEXT,
            "subsets": _texts(rows),
            "left_out": _texts(1),
        },
        "unit_names": {"names": st.lists(UNIT_NAMES, max_size=3).map(tuple)},
        **{
            cls.kind: {
                "subsets": _texts(rows),
                "producers": _texts(2),
                "units": _indices(2, 0, 9),
                "links": st.tuples(KINDS_OF_LINK, KINDS_OF_LINK),
            }
            for cls in graph_records.INFLUENCE.values()
        },
        "problems": {"problems": st.lists(PROBLEMS, max_size=3).map(tuple)},
        "architecture": {
            "layers": st.lists(SHAPES, max_size=3).map(tuple),
            "parameters": st.integers(0, 2**40),
        },
        "pivot_distances": {"probe": TEXT, "metric": METRICS, "scale": SHARE},
        "neighbours": {"probe": TEXT, "metric": METRICS, "scale": SHARE, **QUALITY},
        "projection_map": {"probe": TEXT, "method": TEXT, "parameters": TEXT, **QUALITY},
        "adversarial_strip": {
            **dict.fromkeys(("name", "probe", "target"), TEXT),
            **dict.fromkeys(("instance", "label", "seed", "flip"), st.integers(-1, 9)),
            "norm": st.sampled_from(what_if_records.NORMS),
            "radius": SHARE,
            "smoothing": SHARE,
            "classes": _indices(size["C"], 0, 9),
            "layers": _texts(size["L"]),
        },
        "saliency": dict.fromkeys(("method", "parameters", "probe"), TEXT),
        "ablations": {
            "replacement": st.sampled_from(what_if_records.REPLACEMENTS),
            "subsets": _texts(rows),
            "layers": _texts(2),
        },
        "attack_report": {
            "groups": _texts(size["G"]),
            "of": st.just(("attack", "control", "attack")[: size["G"]]),
            "measures": _texts(size["M"]),
            "layers": _texts(size["M"]),
            "reference": st.integers(0, 9),
            "bootstrap": st.integers(0, 9),
            "level": SHARE,
        },
    }.get(kind, {})


def _array(kind: str, spec: Any, size: dict[str, int]) -> st.SearchStrategy[Any]:
    shape = tuple(size[axis] for axis in spec.metadata["axes"])
    if spec.name in PLACES or (kind, spec.name) in PLACES:
        return arrays_of.arrays(np.uint8, shape, elements=st.just(0))
    if spec.metadata["dtype"] == COUNTS:
        dtype: Any = st.sampled_from(["uint8", "uint16", "uint32"]).map(np.dtype)
        return dtype.flatmap(lambda dtype: arrays_of.arrays(dtype, shape))
    dtype = np.dtype(spec.metadata["dtype"])
    if spec.name == "exponent":
        return arrays_of.arrays(dtype, shape, elements=st.integers(-160, 160))
    return arrays_of.arrays(dtype, shape)


@st.composite
def any_record(draw: Any, kinds: Any = tuple(records.KINDS)) -> records.Record:
    """A record of one of the kinds, of any contents that its axes allow."""
    kind = draw(st.sampled_from(kinds))
    cls = records.KINDS[kind]
    size = {axis: draw(st.integers(0, 3)) for axis in "SURPKOHMEDFQCGYX"}
    size |= {axis: draw(st.integers(1, 3)) for axis in "BTL"} | {"A": 2}
    size["N"] = draw(st.integers(0, 3) if kind == "probe" else st.integers(1, 3))
    if cls in graph_records.INFLUENCE.values() or kind == "ablations":
        size["S"] = max(size["S"], 1)
    values = {name: draw(strategy) for name, strategy in _json_fields(kind, size).items()}
    for spec in dataclasses.fields(cls):
        if "axes" in spec.metadata:
            values[spec.name] = draw(_array(kind, spec, size))
    if kind in ("feature_visualization", "adversarial_strip"):
        values["pictures"] = (draw(st.binary(max_size=20)),)
    if kind == "probe" and values["pictured"]:
        pictures = st.binary(max_size=20)
        values["pictures"] = draw(
            st.lists(pictures, min_size=size["N"], max_size=size["N"]).map(tuple)
        )
    return cls(**values)


def assert_same(one: records.Record, other: records.Record) -> None:
    """Equal fields; arrays bit for bit, counts whatever their width."""
    assert type(one) is type(other)
    for spec in dataclasses.fields(one):
        a, b = getattr(one, spec.name), getattr(other, spec.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b)
            assert a.shape == b.shape
        elif spec.name != "pictures":
            assert a == b
