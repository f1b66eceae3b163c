"""Answer how well attacks are detected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis.verdicts import verdicts
from tb_plugin_neural.contract.what_if_records import AttackReport
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.routes.requests.arguments import rounded

if TYPE_CHECKING:
    from werkzeug import Request, Response

    from tb_plugin_neural.store.store import Store

FEWEST = 30
"""Inputs on either side that an area under the curve is told from."""

LAST = 2**53


def attack_report(store: Store, request: Request) -> Response:
    """Answer the areas under the ROC curves of every score, group by group."""
    model = arguments.model(store, request)
    step = arguments.optional(request, "step")
    if not store.entries(model, AttackReport):
        raise errors.NotFoundError(
            f"no attack report of {model.name!r} in run {model.run!r}; make one with "
            "add_attack_report(writer, recorder, images, labels, step=step, "
            "reference=(images, labels))"
        )
    entry, record = store.find(model, AttackReport, "", LAST if step is None else step)
    scores = zip(record.measures, record.layers, strict=True)
    enough = np.minimum(record.positives, record.negatives) >= FEWEST
    low, high = np.where(enough[:, None], [record.low, record.high], np.nan)
    words = verdicts(low, high, record.level)
    return arguments.document(
        request,
        {
            "step": entry.step,
            "reference": record.reference,
            "bootstrap": record.bootstrap,
            "level": record.level,
            "scores": [{"measure": measure, "layer": layer} for measure, layer in scores],
            "groups": [_group(record, row, words[row]) for row in range(len(record.groups))],
        },
    )


def _group(record: AttackReport, row: int, words: list[str]) -> dict[str, Any]:
    inputs, positives, negatives = (
        int(column[row]) for column in (record.inputs, record.positives, record.negatives)
    )
    enough = min(positives, negatives) >= FEWEST
    attack = record.of[row] == "attack"
    ends = (record.auroc[row], record.low[row], record.high[row])
    areas = zip(*(column.tolist() for column in ends), words, strict=True)
    return {
        "name": record.groups[row],
        "of": record.of[row],
        "strength": rounded(float(record.strength[row])),
        "inputs": inputs,
        "positives": positives,
        "negatives": negatives,
        "rate": rounded(positives / inputs) if attack and inputs else None,
        "enough": enough,
        "auroc": [_area(*area) for area in areas] if enough else None,
    }


def _area(value: float, low: float, high: float, word: str) -> dict[str, Any] | None:
    """Return an area with its interval and verdict; None where it was not computed."""
    if not all(map(math.isfinite, (value, low, high))):
        return None
    return {"value": rounded(value), "low": rounded(low), "high": rounded(high), "verdict": word}
