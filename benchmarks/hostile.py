"""Measure how long a record of at most 1 MB that claims the most holds up the server."""

from __future__ import annotations

import tempfile
import time
import warnings
from pathlib import Path

from benchmarks.report import Figure, Section
from tb_plugin_neural.contract.records import KINDS
from tests import claims, everything

COMMAND = "python -m benchmarks.hostile"
MOST_SECONDS = 2.0


def slowest(kind: str) -> tuple[float, str]:
    """Processor seconds of the slowest answer to a claim of a kind, and which it is."""
    found = (0.0, "nothing")
    for what, data in claims.cases(kind):
        with tempfile.TemporaryDirectory() as folder:
            page = claims.beside_good(Path(folder), kind, data)
            for route in ("", *claims.READ_BY[kind]):
                start = time.process_time()
                if route:
                    everything.ask(page, route, "fc", claims.SUBSETS[0])
                else:
                    page.get("index")
                taken = time.process_time() - start
                found = max(found, (taken, f"{what}: {route or 'index'}"))
    return found


def measure() -> Section:
    """Every kind of record."""
    warnings.simplefilter("ignore")
    figures = []
    for kind in KINDS:
        seconds, what = slowest(kind)
        figures.append(Figure(kind, seconds, "s", most=MOST_SECONDS, note=what))
    return Section("Records that claim much in little", COMMAND, METHOD, figures)


METHOD = (
    "Of each kind of record the largest axes that are believed, in a record of at most 1 MB, "
    "beside a good log, read by TensorBoard's Python loader. Processor time of the slowest answer, "
    "decoding included where it comes first. `tests/test_claims.py` holds their memory."
)


if __name__ == "__main__":
    print(measure().markdown())
