"""Feature visualizations of a recorder's units, into an event file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import torch
from torch import Tensor

from summary_ops.images import atlas
from summary_ops.images.pixels import Pixels, example
from summary_ops.influence import activation_counts
from summary_ops.jobs.feature_visualization.layer_activation import LayerActivation
from summary_ops.jobs.feature_visualization.optimize import (
    PictureOptions,
    excitation,
    feature_visualization,
)
from summary_ops.jobs.job import normalization_of, write_job
from summary_ops.schedule import step_number
from tb_plugin_neural.contract.graph_records import FeatureVisualization

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder

UNITS_A_CLASS = 5


def add_feature_visualizations(
    writer: Any,
    recorder: Recorder,
    units: Mapping[str, Sequence[int]] | None = None,
    *,
    step: int,
    input_shape: Sequence[int] | None = None,
    **options: Unpack[PictureOptions],
) -> None:
    """Write what `feature_visualization` makes: pictures that excite units of a recorder's model.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model, as it is now, and its layers are meant; its probe set is compared with.
        units: by layer; by default those that are most often in the top activation mass of a
            class, five for each class and layer, of the recorder's last record.
        step: of the record; where the run records the same step, call this after it has.
        input_shape: channels, height and width of the pictures; by default those of the probe set.
        options: of `feature_visualization`; by default the normalization is the probe set's.

    Raises:
        ValueError: units or shape are not known, the model has no such layer or unit, or the probe
            set's pixels are not in `value_range`.

    Example:
        >>> add_feature_visualizations(
        ...     writer, recorder, {"conv": [0]}, step=0, facets=1, steps=2, progress=False
        ... )
    """
    step = step_number(step)
    if units is None:
        found = activation_counts.required(recorder.pipeline.step_records.counts)
        units = {
            layer: activation_counts.strongest(one, UNITS_A_CLASS) for layer, one in found.items()
        }
    write_job(
        writer,
        recorder,
        lambda: ((step, *row) for row in _rows(recorder, units, input_shape, options)),
    )


def _rows(
    recorder: Recorder,
    units: Mapping[str, Sequence[int]],
    input_shape: Sequence[int] | None,
    options: PictureOptions,
) -> Iterator[tuple[str, FeatureVisualization]]:
    probe, images = recorder.probe, torch.empty(0)
    mean, std = normalization_of(recorder, options.get("mean"), options.get("std"))
    if probe is not None and isinstance(probe.inputs, Tensor):
        images = probe.inputs
    if input_shape is None and images.ndim != 4:
        raise ValueError(
            "the shape of the pictures is not known: pass input_shape=(channels, height, width), "
            "or make the recorder with probe=ProbeSet(images)"
        )
    shape = tuple(images.shape[1:] if input_shape is None else input_shape)
    like = example(recorder.model, options.get("device"))
    pixels = Pixels.of(shape, mean, std, options.get("value_range", (0.0, 1.0)), like)
    images = images.to(like.device)
    if len(images):
        pixels.check(images)
    own: PictureOptions = {**options, "mean": mean, "std": std}
    for layer, chosen in units.items():
        axis = recorder.pipeline.network.unit_axes.get(layer)
        watch = LayerActivation(recorder.model, layer, axis)
        pictures = feature_visualization(
            recorder.model, layer, chosen, input_shape=shape, unit_axis=axis, **own
        )
        for record in _records(watch, pixels, images, chosen, pictures):
            yield layer, record


def _records(
    watch: LayerActivation, pixels: Pixels, images: Tensor, units: Sequence[int], pictures: Tensor
) -> Iterator[FeatureVisualization]:
    """Yield as many records of pictures `[units, facets, …]` as atlases are needed."""
    tile, facets = atlas.tile_of(pixels.shape), pictures.shape[1]
    size = max(1, atlas.most_tiles(tile) // facets)
    highest = excitation(watch, images).amax(0) if len(images) else None
    for start in range(0, len(units), size):
        chosen = list(units[start : start + size])
        drawn = pictures[start : start + size].flatten(0, 1)
        excited = excitation(watch, pixels.inputs(drawn)).view(len(chosen), facets, -1)
        file, columns = atlas.draw(drawn)
        yield FeatureVisualization(
            tile=tile,
            columns=columns,
            units=np.array(chosen, np.uint32),
            activation=excited[range(len(chosen)), :, chosen].numpy(),
            probe_maximum=(
                np.full(len(chosen), np.nan, np.float32)
                if highest is None
                else highest[chosen].numpy()
            ),
            pictures=(file,),
        )
