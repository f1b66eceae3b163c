"""Feature visualisations of a recorder's units, into an event file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from summary_ops import counted, distributed
from summary_ops.additions import adding
from summary_ops.feature_visualization import atlas
from summary_ops.feature_visualization.optimise import excitation, feature_visualization
from summary_ops.feature_visualization.watch import Watch
from summary_ops.pixels import Channels, Pixels, example, of_probe
from summary_ops.schedule import step_number
from tb_plugin_neural.graph_records import FeatureVisualization

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
    mean: Channels = None,
    std: Channels = None,
    value_range: tuple[float, float] = (0.0, 1.0),
    device: torch.device | str | None = None,
    **options: Any,
) -> None:
    """Write pictures that excite units of a recorder's model, as it is now.

    Args:
        writer: a `torch.utils.tensorboard.SummaryWriter`, into the run's folder or a folder
            `neural-<job>` in it.
        recorder: its model and layers are meant, and its probe set is compared with.
        units: by layer; by default those that are most often in the top activation mass of a
            class, five for each class and layer, of the recorder's last record.
        step: of the record; where the run records the same step, call this after it has.
        input_shape: channels, height and width of the pictures; by default those of the probe set.
        mean: how the model's inputs are normalised; by default what the probe set says.
        std: likewise.
        value_range: what pixels may hold before that, (0, 255) say.
        device: of the inputs; by default that of the model's parameters.
        options: further arguments of `feature_visualization`.

    Raises:
        ValueError: units or shape are not known, the model has no such layer or unit, or the probe
            set's pixels are not in `value_range`.
    """
    step = step_number(step)
    if units is None:
        found = counted.latest(recorder)
        units = {layer: counted.strongest(one, UNITS_A_CLASS) for layer, one in found.items()}
    if distributed.rank() != 0:
        return
    probe, images = recorder.probe, torch.empty(0)
    mean, std = of_probe(probe, mean, std)
    if probe is not None and isinstance(probe.inputs, Tensor):
        images = probe.inputs
    if input_shape is None and images.ndim != 4:
        raise ValueError(
            "the shape of the pictures is not known: pass input_shape=(channels, height, width), "
            "or make the recorder with probe=ProbeSet(images)"
        )
    shape = tuple(images.shape[1:] if input_shape is None else input_shape)
    like = example(recorder.model, device)
    pixels = Pixels.of(shape, mean, std, value_range, like)
    images = images.to(like.device)
    if len(images):
        pixels.check(images)
    write = adding(writer, recorder)
    for layer, chosen in units.items():
        watch = Watch(recorder.model, layer, recorder.unit_axis.get(layer))
        pictures = feature_visualization(
            recorder.model,
            layer,
            chosen,
            input_shape=shape,
            mean=mean,
            std=std,
            value_range=value_range,
            unit_axis=recorder.unit_axis.get(layer),
            device=device,
            **options,
        )
        for record in _records(watch, pixels, images, chosen, pictures):
            write([(layer, record)], step)


def _records(
    watch: Watch, pixels: Pixels, images: Tensor, units: Sequence[int], pictures: Tensor
) -> Iterator[FeatureVisualization]:
    """Of pictures `[units, facets, …]`, as many records as atlases are needed."""
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
            activation=excited[torch.arange(len(chosen)), :, chosen].numpy(),
            probe_maximum=(
                np.full(len(chosen), np.nan, np.float32)
                if highest is None
                else highest[chosen].numpy()
            ),
            pictures=(file,),
        )
