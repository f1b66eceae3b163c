"""Names for units, given by a person, for everyone who looks at the run."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import Any

from summary_ops.problems import Problems
from summary_ops.schedule import step_number
from summary_ops.session.writer import SessionWriter
from tb_plugin_neural.contract.graph_records import UnitName, UnitNames
from tb_plugin_neural.contract.records import Session

_journals: weakref.WeakKeyDictionary[Any, dict[str, SessionWriter]] = weakref.WeakKeyDictionary()


def annotate_units(
    writer: Any,
    names: Mapping[str, Mapping[int | str, str]],
    *,
    step: int = 0,
    name: str = "model",
) -> None:
    """Name units of a run's model; nothing else that is recorded of it changes.

    A later name goes before an earlier one of the same unit. The page's own names, exported as
    JSON, can be given as they are.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter` into the run's folder.
        names: by layer and unit: `{"features.4": {17: "dog face"}}`.
        step: of the record.
        name: the model's name, as of a `Recorder`.

    Raises:
        TypeError: layers or units are no mappings, a unit is no whole number, or a name no text.
        ValueError: there is no name, or an empty one; a unit is negative; the step is no whole
            number.

    Example:
        >>> annotate_units(writer, {"conv": {17: "dog face"}})
    """
    step = step_number(step)
    record = UnitNames(tuple(_names(names)))
    if not record.names:
        raise ValueError("no names of units given; expected {layer: {unit: name}}")
    about = Session(
        name=name,
        task=None,
        classes=(),
        subset_names=(),
        layers=(),
        probe=None,
        weights="",
        left_out=(),
    )
    journals = _journals.setdefault(writer, {})
    if name not in journals:
        journals[name] = SessionWriter(Problems(), addition=True)
    journals[name].write(writer, [("", record)], step, about=about)


def _names(names: Mapping[str, Mapping[int | str, str]]) -> Iterator[UnitName]:
    if not isinstance(names, Mapping):
        raise TypeError(f"names are a {type(names).__name__}, expected {{layer: {{unit: name}}}}")
    for layer, units in names.items():
        if not isinstance(layer, str) or not isinstance(units, Mapping):
            raise TypeError(
                f"names of layer {layer!r} are a {type(units).__name__}, expected the layer's name "
                "and {unit: name}"
            )
        for unit, name in units.items():
            if not isinstance(name, str):
                raise TypeError(
                    f"the name of unit {unit!r} of layer {layer} is a {type(name).__name__}, "
                    "expected text"
                )
            if not name.strip():
                raise ValueError(f"the name of unit {unit!r} of layer {layer} is empty")
            yield UnitName(layer, _unit(layer, unit), name)


def _unit(layer: str, unit: Any) -> int:
    if isinstance(unit, str) and unit.isdecimal():  # a key of JSON
        unit = int(unit)
    if isinstance(unit, bool) or not hasattr(unit, "__index__"):
        raise TypeError(f"unit {unit!r} of layer {layer}, expected a whole number")
    if (number := unit.__index__()) < 0:
        raise ValueError(f"unit {number} of layer {layer}, expected 0 or more")
    return int(number)
