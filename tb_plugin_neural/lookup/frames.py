"""Align projections across layers, steps and runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tb_plugin_neural.analysis.procrustes import align

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tb_plugin_neural.analysis.layer_map import LayerMap
    from tb_plugin_neural.lookup.projections import Maps

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class AlignedMap:
    """A map as it lies in the frame.

    Attributes:
        map: as it was solved.
        xy: `[instances, 2]`, in radii, moved and turned; NaN where an instance has no place.
        radius: root mean square radius of the whole probe set's map at the reference's last step.
        mirrored: whether it was mirrored too.
        residual: root mean square distance from what it was laid as; NaN where that is nothing.
    """

    map: LayerMap
    xy: Array
    radius: float
    mirrored: bool
    residual: float


class AlignmentFrame:
    """The one frame of reference that all maps of a model are laid in.

    At the last step each layer's map lies as the layer's before it, the first one of chosen
    instances as that of all. At other steps it lies as the same layer's at the last step. A layer
    that is not there lies as the layer before it.

    Args:
        maps: of the model.
        anchor: that of another run with the same probe set: the maps of the last step lie as that
            run's then.
    """

    def __init__(self, maps: Maps, anchor: AlignmentFrame | None = None) -> None:
        self.maps = maps
        self._anchor = anchor

    def at(self, step: int, chosen: Array | None = None) -> tuple[int, dict[str, AlignedMap]]:
        """Return maps by layer at the step, or at the nearest with any.

        Args:
            step: where to look.
            chosen: instances, rising, to project anew; by default all.

        Raises:
            NotFoundError: there are none.
        """
        found = self.maps.nearest(step)
        if found == self._last_step:
            return found, self.last(chosen)
        return found, _align_map(
            self.maps.at(found, chosen), self.radii, _places(self.last(chosen))
        )

    def over_steps(self, layer: str, chosen: Array | None = None) -> dict[int, AlignedMap]:
        """Return maps of one layer by step."""
        last = _places(self.last(chosen))
        return {
            step: _align_map({layer: one}, self.radii, last)[layer]
            for step, one in self.maps.over_steps(layer, chosen).items()
        }

    def last(self, chosen: Array | None = None) -> dict[str, AlignedMap]:
        """Return maps by layer at the last step with any."""
        if chosen is None:
            return self._whole
        found = self.maps.at(self._last_step, chosen)
        targets = _places(self._anchor.last(chosen)) if self._anchor else {}
        return _align_map(found, self.radii, targets, next(iter(self._whole.values())).xy)

    @cached_property
    def radii(self) -> dict[str, float]:
        """Return the factors that the distances of layers are divided by."""
        own = {layer: laid.radius for layer, laid in self._whole.items()}
        return own | (self._anchor.radii if self._anchor else {})

    @cached_property
    def _last_step(self) -> int:
        return self.maps.nearest(max(self.maps.steps))

    @cached_property
    def _whole(self) -> dict[str, AlignedMap]:
        found = self.maps.at(self._last_step)
        if self._anchor is None:
            return _align_map(found, {}, {})
        return _align_map(found, self._anchor.radii, _places(self._anchor.last()))


def _places(laid: Mapping[str, AlignedMap]) -> dict[str, Array]:
    return {layer: one.xy for layer, one in laid.items()}


def _align_map(
    maps: Mapping[str, LayerMap],
    radii: Mapping[str, float],
    targets: Mapping[str, Array],
    before: Array | None = None,
) -> dict[str, AlignedMap]:
    """Lay each map as the one of its layer, or else as the one before it."""
    found = {}
    for layer, one in maps.items():
        radius = radii.get(layer) or _radius(one.xy)
        found[layer] = _one(one, radius, targets.get(layer, before))
        if np.isfinite(one.xy).any():
            before = found[layer].xy
    return found


def _one(one: LayerMap, radius: float, target: Array | None) -> AlignedMap:
    xy = (one.xy - _centre(one.xy)) / radius
    known = np.isfinite(xy if target is None else xy + target).all(axis=1)
    if target is None or not known.any():
        return AlignedMap(one, xy, radius, mirrored=False, residual=np.nan)
    found = align(xy[known], target[known])
    return AlignedMap(one, found.apply(xy), radius, found.mirrored, found.residual)


def _centre(xy: Array) -> Array:
    known = xy[np.isfinite(xy).all(axis=1)]
    return known.mean(axis=0) if len(known) else np.zeros(2)


def _radius(xy: Array) -> float:
    """Root mean square distance from the centre; 1 where all lie at one place."""
    squares = ((xy - _centre(xy)) ** 2).sum(axis=1)
    known = squares[np.isfinite(squares)]
    return float(np.sqrt(known.mean())) or 1.0 if len(known) else 1.0
