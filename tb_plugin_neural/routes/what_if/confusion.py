"""Route that explains a confusion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis.confusion import nearest
from tb_plugin_neural.lookup import confusions
from tb_plugin_neural.routes.requests import arguments
from tb_plugin_neural.routes.requests.arguments import rounded
from tb_plugin_neural.routes.what_if.ablations import CALL, MEAN, measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug import Request, Response

    from tb_plugin_neural.lookup.confusions import Instances, LastHidden, Pair
    from tb_plugin_neural.store.store import Store

MOST_INSTANCES, MOST_UNITS = 24, 12
FEWEST_CHANGED = 2
"""Inputs by which accuracy must change; one may be chance."""


def confusion(store: Store, request: Request) -> Response:
    """Answer what is recorded of inputs of a class that are predicted as another."""
    model, step = arguments.model(store, request), arguments.integer(request, "step")
    pair = arguments.integer(request, "true"), arguments.integer(request, "predicted")
    if pair[0] == pair[1]:
        raise errors.InvalidArgumentError(f"true and predicted are both {pair[0]}: no confusion")
    if strangers := [one for one in pair if not 0 <= one < len(model.about.classes)]:
        raise errors.NotFoundError(f"class {strangers[0]} of {len(model.about.classes)}")
    counted = confusions.counts(store, model, step, pair)
    seen = confusions.instances(store, model, step, pair)
    hidden = confusions.last_hidden(store, model, seen, pair) if seen else None
    ablated = measured(store, model, step, MEAN)
    key = f"class:{pair[0]}"
    rows = {
        unit: row
        for (subset, layer, unit), row in ablated.rows.items()
        if subset == key and hidden and layer == hidden.layer
    }
    units = _units(hidden, seen, rows, pair) if hidden and seen else []
    drive = hidden.drive if hidden else None
    return arguments.document(
        request,
        {
            "step": seen.step if seen else step,
            "counts": _counts(counted),
            "seen": seen.seen if seen else 0,
            "confusedCount": int(seen.confused.sum()) if seen else 0,
            "correctCount": int(seen.correct[0].sum()) if seen else 0,
            "confused": _instances(seen, hidden) if seen else [],
            "layer": hidden.layer if hidden else None,
            "basis": hidden.basis if hidden else "none",
            "margins": [rounded(one) for one in drive.margins] if drive else None,
            "explained": rounded(drive.explained) if drive else None,
            "units": units,
            "ablationStep": ablated.step if rows else None,
            "call": _call(hidden, units, pair, seen.step) if hidden and seen and units else None,
        },
    )


def _counts(counted: confusions.Counts | None) -> dict[str, Any] | None:
    if counted is None:
        return None
    return {"step": counted.step, "inputs": counted.inputs, "confused": counted.confused}


def _instances(seen: Instances, hidden: LastHidden | None) -> list[dict[str, Any]]:
    """List the confused instances, the most confident first, and what is nearest to them."""
    indices = np.flatnonzero(seen.confused)
    order = indices[np.argsort(-np.nan_to_num(seen.probability[indices]), kind="stable")]

    def near(instance: int, among: Any) -> dict[str, Any] | None:
        found = nearest(hidden.activations, instance, among) if hidden else None
        return {"instance": found[0], "distance": rounded(found[1])} if found else None

    return [
        {
            "instance": int(one),
            "probability": rounded(float(seen.probability[one])),
            "own": rounded(float(seen.own[one])),
            "nearestOwn": near(int(one), seen.correct[0]),
            "nearestOther": near(int(one), seen.correct[1]),
        }
        for one in order[:MOST_INSTANCES]
    ]


def _units(
    hidden: LastHidden, seen: Instances, rows: Mapping[int, Mapping[str, Any]], pair: Pair
) -> list[dict[str, Any]]:
    """List the units that push confused instances to the other class most."""
    if hidden.drive is None or hidden.basis == "none":
        return []
    push, weight = hidden.drive.push, hidden.drive.weight
    groups = (seen.confused, *seen.correct)
    means = [
        hidden.activations[mask].mean(0) if mask.any() else np.full(len(push), np.nan)
        for mask in groups
    ]
    deviation = hidden.activations.std(0)
    class_mean = hidden.activations[seen.confused | seen.correct[0]].mean(0)
    raised = weight * (hidden.activations.mean(0) - class_mean)
    found = [int(unit) for unit in np.argsort(-push, kind="stable")[:MOST_UNITS] if push[unit] > 0]
    return [
        {
            "unit": unit,
            "push": rounded(float(push[unit])),
            "weight": rounded(float(weight[unit])),
            "means": [rounded(float(mean[unit])) for mean in means],
            "deviation": rounded(float(deviation[unit])),
            "ablation": rows.get(unit),
            "verdict": verdict(float(raised[unit]), rows.get(unit), pair[1]),
        }
        for unit in found
    ]


def verdict(raised: float, row: Mapping[str, Any] | None, other: int) -> str:
    """Judge whether ablating a unit on inputs of the true class bears out what its weight says.

    Args:
        raised: by how much the unit's mean in its place should raise the margin of the other class.
        row: what was measured; None where nothing was.
        other: the class that inputs are confused with.

    Returns:
        `verified` where more inputs are right after the margin should fall, or fewer after it
        should rise, most of them predicted as the other class; else `not confirmed`; `predicted`
        where nothing was measured.
    """
    if row is None:
        return "predicted"
    gained = row["correctAfter"] - row["correct"]
    agrees = gained > 0 if raised < 0 else gained < 0 and row["takenFor"] == other
    verified = agrees and abs(gained) >= FEWEST_CHANGED
    return "verified" if verified else "not confirmed"


def _call(hidden: LastHidden, units: list[dict[str, Any]], pair: Pair, step: int) -> str | None:
    """Return the line that ablates the units for which that is not measured yet."""
    left = [one["unit"] for one in units if one["ablation"] is None]
    if not left:
        return None
    layer = json.dumps(hidden.layer, ensure_ascii=False)
    return f"{CALL}, step={step}, classes=[{pair[0]}], units={{{layer}: {left}}}, top=0)"
