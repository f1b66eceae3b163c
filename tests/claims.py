"""Records that claim much in little, one kind at a time; run as a script it measures them.

Arrays of zeros weigh a thousandth of what they claim, empty ones nothing, and JSON takes ten times
its bytes in memory. Each claim is put beside a good log, and everything is asked for.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import resource
import sys
import tempfile
import time
import traceback
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.codec import DamagedRecord
from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.contract.records import COUNTS, KINDS, Layer
from tests import everything, graph_logs, projection_logs
from tests.logs import Log, activations, half, predictions, probe, session, step_of, value
from tests.samples import any_record
from tests.servers import Page, start_python

HEAVIEST = 2**20
"""Bytes of a record that the bound is promised for."""

ADDRESS_SPACE = 6 * 2**30
CLAIMED = 62 * 2**20  # a little less than what so small a record may inflate to
SMALL = 2**20  # what takes less is no claim
EMPTY = 2**40
LAYERS = ("fc", "logits")
RUN = "run"
TOO_LARGE = ": ask for "  # what is refused with advice: that is an answer
SUBSETS = (["all", "class:0"],)

MANY = codec.MOST_VALUES - 1000
ITEMS: dict[Any, Any] = {
    "layers": {"name": "fc", "type": "", "units": 4, "reduction": "", "output": False},
    "links": {"producer": "fc", "consumer": "logits", "kind": "direct", "via": []},
    "problems": {"what": "", "count": 1, "message": ""},
    "names": {"layer": "fc", "unit": 0, "name": ""},
    ("architecture", "layers"): {"name": "fc", "shape": [1], "parameters": 1},
    ("probe", "labels"): 0,
    ("probe", "pairs"): -1,
    ("probe", "slices"): [],
}

HISTOGRAMS = ("distributions", "divergence", "layers", "history", "activations")
GRAPHS = ("graph", "similarity", "embedding", "influence", "serves")
ACTIVATIONS = ("distributions", "activations", "neural_divergence", "examples")
STRIP = ("strips", "strip", "strip_picture")
READ_BY: dict[str, tuple[str, ...]] = {
    "session": (*HISTOGRAMS, "graph", "architecture", "layer_series", "metrics", "embedding"),
    "histograms": (*HISTOGRAMS, "neural_divergence", "layer_series"),
    "moments": ("distributions", "history", "layer_series", "dead_units"),
    "class_metrics": ("metrics",),
    "probe": ("instances", "thumbnail", "thumbnails", "neural_divergence", "examples"),
    "probe_activations": ACTIVATIONS,
    "probe_activations_half": ACTIVATIONS,
    "probe_predictions": ("predictions", "neural_divergence"),
    "problems": (),
    "architecture": ("architecture",),
    "topology": ("architecture", "graph"),
    "activation_counts": GRAPHS,
    "contributions": GRAPHS,
    "maximum_contributions": GRAPHS,
    "summit_influence": GRAPHS,
    "importance": (*GRAPHS, "ablation"),
    "influence_sample": GRAPHS,
    "examples": ("examples", "graph"),
    "feature_visualization": ("facets", "facet_atlas", "graph"),
    "class_embedding": ("embedding",),
    "unit_names": ("names", "graph"),
    "pivot_distances": ("projection", "trail"),
    "neighbours": ("projection", "neighbours"),
    "projection_map": ("projection", "trail"),
    "adversarial_strip": STRIP,
    "saliency": ("saliency",),
    "ablations": ("ablations", "ablation"),
    "attack_report": ("attack_report",),
}
"""The routes that read a kind of record, beside the index."""

LAYER_OF = {
    **dict.fromkeys(("session", "probe", "problems", "architecture", "topology"), ""),
    **dict.fromkeys(("class_metrics", "probe_predictions", "influence_sample", "unit_names"), ""),
    **dict.fromkeys(("adversarial_strip", "ablations", "attack_report"), ""),
    "saliency": "occlusion",
}
"""Where a kind of record stands if not with a layer."""

NAMED: dict[str, tuple[str, ...]] = {
    "S": ("subsets",),
    "R": ("rows",),
    "M": ("masses", "of", "measures", "layers"),
    "G": ("groups", "of"),
    "C": ("classes",),
    "L": ("layers",),
    "D": ("shape", "input_shape", "stride", "extent", "start"),
}
"""Lists of JSON with an entry for each place on an axis."""


@functools.cache
def base(kind: str) -> Any:
    """The simplest record of a kind."""
    return hypothesis.find(
        any_record([kind]),
        lambda _: True,
        settings=hypothesis.settings(database=None, deadline=None, derandomize=True),
    )


def axes(kind: str) -> dict[str, list[tuple[str, str]]]:
    """The axes of a kind's arrays, by array, with the dtype."""
    return {
        spec.name: (spec.metadata["axes"], _dtype(spec))
        for spec in dataclasses.fields(KINDS[kind])
        if "axes" in spec.metadata
    }


def _dtype(spec: Any) -> str:
    return "uint8" if spec.metadata["dtype"] == COUNTS else spec.metadata["dtype"]


def claims(kind: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Lengths of axes that claim much: one, two or all of them long; or one of 0 and one long."""
    arrays = axes(kind)
    letters = list(dict.fromkeys(a for of, _ in arrays.values() for a in of))
    groups = [(letter,) for letter in letters]
    groups += [tuple(of) for of, _ in arrays.values() if len(of) > 1]
    for group in dict.fromkeys(groups):
        yield f"long {''.join(group)}", _longest(kind, dict.fromkeys(letters, 1), group)
    empty = {}
    for of, _ in arrays.values():
        for nothing in of if len(of) > 1 else ():
            for long in {*of} - {nothing}:
                lengths = dict.fromkeys(letters, 1) | {
                    nothing: 0,
                    long: 2**17 if long in NAMED else EMPTY,
                }
                if all(nothing in o for o, _ in arrays.values() if long in o):
                    empty[f"no {nothing}, long {long}"] = lengths
    yield from empty.items()


def _longest(kind: str, lengths: dict[str, int], group: tuple[str, ...]) -> dict[str, int]:
    def weight(length: int) -> int:
        at = lengths | dict.fromkeys(group, length)
        return sum(
            math.prod(at[a] for a in of) * np.dtype(dtype).itemsize
            for of, dtype in axes(kind).values()
        )

    low, high = 1, 2**17 if {*group} & NAMED.keys() else 2**26
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if weight(middle) <= CLAIMED else (low, middle - 1)
    return lengths | dict.fromkeys(group, low)


def blob(kind: str, lengths: dict[str, int]) -> bytes:
    """A record with axes of such lengths, of zeros and of names without end."""
    record = base(kind)
    arrays = {
        name: np.zeros([_fixed(a, lengths[a]) for a in of], dtype)
        for name, (of, dtype) in axes(kind).items()
    }
    meta = json.loads(_meta(record))
    for letter, names in NAMED.items():
        for name in names if letter in lengths else ():
            if isinstance(meta.get(name), list):
                meta[name] = _names(kind, name, lengths[letter])
    return codec.deflate(codec.dumps(arrays, meta, shuffled=True), 1)


def _fixed(axis: str, length: int) -> int:
    return 2 if axis == "A" and length else length


def _names(kind: str, name: str, length: int) -> list[Any]:
    if name in ("subsets", "rows"):
        return (["all", "class:0", "class:1", *(f"class:{n}" for n in range(2, length))])[:length]
    if kind == "attack_report" and name == "of":
        return ["attack"] * length
    if name == "masses":
        return [0.03] * length
    if name == "classes" or name in NAMED["D"]:
        return [1] * length
    return (list(LAYERS) + [""] * length)[:length] if name == "layers" else ["x"] * length


def _meta(record: Any) -> str:
    arrays, meta = codec.loads(codec.inflate(record.pack()[0]))
    del arrays
    return json.dumps(meta)


def texts(kind: str) -> Iterator[tuple[str, bytes]]:
    """Records with a list in JSON that has as many items as JSON may have values."""
    arrays, meta = codec.loads(codec.inflate(base(kind).pack()[0]))
    for name, known in meta.items():
        if isinstance(known, list):
            item = known[0] if known else ITEMS.get((kind, name), ITEMS.get(name, "x"))
            many = MANY // (2 + sum(json.dumps(item).count(mark) for mark in ":,[{"))
            packed = codec.dumps(arrays, meta | {name: [item] * many}, shuffled=True)
            yield f"many {name}", codec.deflate(packed, 1)
    if kind == "probe":
        items = {name: ITEMS.get((kind, name), "x") for name, of in meta.items() if of == []}
        many = MANY // (2 * len(items))
        meta |= {name: [item] * many for name, item in items.items()}
        yield "many instances", codec.deflate(codec.dumps(arrays, meta, shuffled=True), 1)


def good(log: Log) -> None:
    """What a record with a claim is put beside: whatever routes need of other kinds."""
    p = np.full((6, 3), [0.7, 0.2, 0.1])
    log.write(0, [session(layers=tuple(Layer(n, "", 4, "") for n in LAYERS), probe="probe-1")])
    log.write(0, [probe(6), graph_logs.topology()])
    for step in (0, 1):
        found = step_of(step)
        for layer, group in graph_logs.step_of(step).items():
            if layer in LAYERS:
                found[layer] += group
        full = activations(step, inputs=6)["class:1"]
        found["fc"] += [half(full), projection_logs.pivot_distances(full, [1, 4, 5])]
        log.write(step, found)
        log.write(step, [predictions(p, [0] * 6)])


def measure(kind: str, what: str, data: bytes) -> dict[str, Any]:
    """Seconds and bytes that reading a record and answering everything take beyond the log's."""
    assert len(data) <= HEAVIEST, (kind, what, len(data))
    with tempfile.TemporaryDirectory() as folder:
        page = beside_good(Path(folder), kind, data)
        tracemalloc.start()
        begin = time.perf_counter()
        decoded = refusal(kind, data) or "read"
        took = {"decoded": time.perf_counter() - begin}
        try:
            found = everything.failures(page, ["fc"], SUBSETS, READ_BY[kind])
            failed = [one for one in found if TOO_LARGE not in one[1]]
        except Exception:  # noqa: BLE001 (whatever a route lets through, told with its record)
            failed = [("", traceback.format_exc(limit=-3))]
        took["answered"] = time.perf_counter() - begin
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return {"kind": kind, "what": what, "read": decoded, "peak": peak, "failed": failed, **took}


def beside_good(folder: Path, kind: str, data: bytes) -> Page:
    """A page on a good log with the record in it."""
    with Log(folder / RUN) as log:
        good(log)
        log.session = "00000002"
        blobs = [data, data] if hasattr(KINDS[kind], "pictures") else [data]
        series = Series(log.session, kind, LAYER_OF.get(kind, "fc"))
        log.values(0, [value(series, blobs)])
    return Page(start_python(folder))


def refusal(kind: str, data: bytes) -> str | None:
    """Why a record is not read, or None where it is."""
    try:
        KINDS[kind].unpack(data)
    except DamagedRecord as error:
        return str(error)
    return None


def cases(kind: str) -> Iterator[tuple[str, bytes]]:
    """The largest claims of a kind that are believed, and those that are not at twice the size."""
    for what, claimed in claims(kind):
        lengths, data = claimed, blob(kind, claimed)
        while refusal(kind, data) and max(lengths.values()) > 1:
            longest = max(lengths.values())
            lengths = {a: n // 2 if n > longest // 4 and n > 1 else n for a, n in lengths.items()}
            data = blob(kind, lengths)
        if not what.startswith("long") or len(codec.inflate(data)) > SMALL:
            yield f"{what} {lengths}", data
    for what, data in texts(kind):
        if not refusal(kind, data):
            yield what, data


def main() -> None:
    """Measure the kinds that are named, or all; a line of JSON each."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    warnings.simplefilter("ignore")
    for kind in sys.argv[1:] or KINDS:
        for what, data in cases(kind):
            sys.stdout.write(json.dumps(measure(kind, what, data)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
