"""The instances of the probe set that excite each unit most, and where in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from summary_ops.probe.probe_set import ProbeSet
from summary_ops.tracing import ReceptiveField
from tb_plugin_neural.contract import graph_records as records
from tb_plugin_neural.contract.record import Array

Where = Callable[[Tensor], Tensor]
"""From instances of a batch, int64 `[units, chosen]`, to where the units are largest on them."""


@dataclass
class _Best:
    """The largest values of one layer so far `[units, most]`, in falling order.

    Attributes:
        value: -inf for none.
        instance, position: the instance, and the flat position in it.
        lowest: the lowest value of each unit.
        shape: lengths of the position axes.
    """

    value: Tensor
    instance: Tensor
    position: Tensor
    lowest: Tensor
    shape: tuple[int, ...]


class Examples:
    """The best instances of every unit; of equal ones the first.

    An instance on which a unit is no larger than on every other is no example of it: a dead unit
    has none. Nor is one without a finite value, or one that was altered by an attack.

    Args:
        most: instances kept a unit.
        benign: bool `[instances]`, those that may be examples.
        probe: hash of the probe set.
    """

    def __init__(self, most: int, benign: Tensor, probe: str) -> None:
        self.most = min(most, int(benign.sum()))
        self._benign = benign
        self._probe = probe
        self._layers: dict[str, _Best] = {}

    @classmethod
    def among(cls, probe: ProbeSet, most: int) -> Examples:
        """Return the examples of a probe set's benign instances."""
        return cls(most, torch.tensor([pair < 0 for pair in probe.pairs]), probe.hash)

    def add(
        self, layer: str, first: int, values: Tensor, where: Where, shape: tuple[int, ...]
    ) -> None:
        """Look at further instances.

        Args:
            layer: the layer's name.
            first: number of the first of these instances.
            values: pooled activations `[batch, units]`.
            where: they are largest.
            shape: lengths of the position axes.
        """
        allowed = self._benign[first : first + len(values)].to(values.device)
        counts = torch.isfinite(values) & allowed[:, None]
        value = torch.where(counts, values, -torch.inf).T
        lowest = torch.where(counts, values, torch.inf).amin(0)
        order = value.argsort(dim=1, descending=True, stable=True)[:, : self.most]
        found = _Best(value.gather(1, order), order + first, where(order), lowest, shape)
        before = self._layers.get(layer)
        if before is not None:
            found = _Best(
                torch.cat((before.value, found.value), 1),
                torch.cat((before.instance, found.instance), 1),
                torch.cat((before.position, found.position), 1),
                torch.minimum(before.lowest, lowest),
                shape,
            )
        order = found.value.argsort(dim=1, descending=True, stable=True)[:, : self.most]
        self._layers[layer] = _Best(
            found.value.gather(1, order),
            found.instance.gather(1, order),
            found.position.gather(1, order),
            found.lowest,
            shape,
        )

    def rows(
        self, fields: Mapping[str, ReceptiveField | None]
    ) -> Iterator[tuple[str, records.Examples]]:
        """Yield the records, given the part of the input that each layer's positions see."""
        for layer, best in self._layers.items():
            field = fields.get(layer)
            if field is not None and field.shape != best.shape:
                field = None
            none = best.value <= best.lowest[:, None]
            instance = torch.where(none, len(self._benign), best.instance)
            flat = torch.where(none, 0, best.position).cpu().numpy()
            axes = np.unravel_index(flat, best.shape) if best.shape else ()
            position = np.stack(axes, -1) if axes else np.zeros((*flat.shape, 0))
            yield (
                layer,
                records.Examples(
                    probe=self._probe,
                    shape=best.shape,
                    input_shape=field.input_shape if field else (),
                    stride=field.stride if field else (),
                    extent=field.extent if field else (),
                    start=field.start if field else (),
                    instance=_counts(instance.cpu().numpy()),
                    position=_counts(position),
                ),
            )


def _counts(values: Array) -> Array:
    return np.ascontiguousarray(values.astype(np.uint32))
