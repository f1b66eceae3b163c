"""Score how suspicious inputs are: by their divergence from a class, and by baselines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from summary_ops.network import calling
from summary_ops.network.hooks.activations import ObservedLayers, pooled
from summary_ops.network.isolation import isolation
from summary_ops.network.model.recorded import RecordedNetwork
from summary_ops.network.modules import layers as layers_
from summary_ops.passes.attribution_pass import AttributionPass
from summary_ops.passes.evaluation_pass import EvaluationPass, Reading
from summary_ops.streaming import processes, writing
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.intake import BatchInfo, Intake
from summary_ops.streaming.subsets.batch import Settings
from tb_plugin_neural.analysis import histogram, instances
from tb_plugin_neural.contract.records import Histograms

if TYPE_CHECKING:
    from summary_ops.recorder import Recorder
    from tb_plugin_neural.analysis.histogram import Histogram

Floats = NDArray[np.float64]

BASELINES = ("max_softmax", "margin", "energy")
MEASURES = ("tail", "surprisal", "robust_z")
AT_ONCE = 512
"""Images that are scored at once."""


class Scores:
    """Scores of images, all rising with suspicion.

    Distances are those of the page: means over units of how far a pooled activation is from the
    histogram that a `Recorder` makes of the class that the image is predicted as.

    Args:
        recorder: whose model, layers, and ways of pooling and counting are meant.
        reference: batches of inputs and labels that the histograms are made of.
        measures: among `tail`, `surprisal` and `robust_z`.
        layers: names or globs; by default all that are recorded.
        device: where the model is.
        progress: show a progress bar.

    Attributes:
        names: measure and layer of each score; the layer is empty for the baselines and for the
            mean of all layers.
        reference: number of inputs that the histograms are made of.

    Raises:
        ValueError: there is no such layer, or no labelled input.
    """

    def __init__(
        self,
        recorder: Recorder,
        reference: Iterable[Any],
        *,
        measures: Sequence[str],
        layers: str | Sequence[str] | None,
        device: torch.device,
        progress: bool,
    ) -> None:
        self._network, self._device = recorder.pipeline.network, device
        reading = Reading(device, progress=progress)
        settings = recorder.pipeline.accumulator.settings
        records = _histograms(recorder.pipeline.network, settings, reference, reading)
        self._records = {name: records[name] for name in layers_.among(records, layers)}
        self.reference = _labelled(next(iter(self._records.values())))
        self._measures = tuple(measures)
        self._spreads: dict[tuple[str, int], instances.Spread] = {}
        self.names = [(name, "") for name in BASELINES] + [
            (measure, layer) for measure in measures for layer in ("", *self._records)
        ]

    def of(self, images: Tensor) -> tuple[Floats, NDArray[np.int64]]:
        """Scores `[N, scores]` and predicted classes `[N]`.

        Raises:
            ValueError: an image is predicted as a class that the reference has no input of.
        """
        parts = [self._of(part) for part in torch.split(images, AT_ONCE)] if len(images) else []
        if not parts:
            return np.zeros((0, len(self.names))), np.zeros(0, np.int64)
        scores, predicted = zip(*parts, strict=True)
        return np.concatenate(scores), np.concatenate(predicted)

    def _of(self, images: Tensor) -> tuple[Floats, NDArray[np.int64]]:
        activations, logits = self._activations(images)
        predicted = logits.argmax(1).numpy()
        columns = list(baselines(logits).numpy().T)
        by_layer = [
            self._distances(layer, activations[layer].cpu().double().numpy(), predicted)
            for layer in self._records
        ]
        for measure in range(len(self._measures)):
            own = [distances[measure] for distances in by_layer]
            columns += [_mean(np.stack(own, axis=1)), *own]
        return np.stack(columns, axis=1), predicted

    def _activations(self, images: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Pooled activations `[N, units]` by layer, and logits on the CPU."""
        network = self._network
        outputs: list[Any] = []

        def forward() -> None:
            outputs.append(calling.call_afresh(network.model, images, self._device))

        with isolation.isolated(network.model), torch.no_grad():
            found = pooled(network, forward, len(images))
        logits = network.class_scores(outputs[0])
        return dict(found), logits.cpu()

    def _distances(self, layer: str, values: Floats, predicted: NDArray[np.int64]) -> list[Floats]:
        """Return one layer's distances, `[N]` by measure."""
        found = [np.zeros(len(values)) for _ in self._measures]
        for label in np.unique(predicted).tolist():
            rows = predicted == label
            h = self._class(layer, label)
            for measure, into in zip(self._measures, found, strict=True):
                into[rows] = _mean(self._measure(measure, h, (layer, label), values[rows]))
        return found

    def _measure(self, measure: str, h: Histogram, of: tuple[str, int], values: Floats) -> Floats:
        """Distances of activations `[N, units]` from a class."""
        if measure == "tail":
            return instances.tail(h, values).astype(np.float64)
        if measure == "surprisal":
            return instances.surprisal(h, values)
        if of not in self._spreads:
            self._spreads[of] = instances.robust_spread(h)
        return instances.robust_z(h, values, self._spreads[of])

    def _class(self, layer: str, label: int) -> Histogram:
        record, key = self._records[layer], f"class:{label}"
        if key not in record.subsets:
            raise ValueError(
                f"no histograms of class {label} fit the budget; make the recorder with a larger "
                "max_bytes, or pass layers=[…]"
            )
        row = record.subsets.index(key)
        if not record.inputs[row]:
            raise ValueError(
                f"images are predicted as class {label}, which the reference has no input of; it "
                "needs some of every class that the model predicts"
            )
        return histogram.from_record(record, [row])


def baselines(logits: Tensor) -> Tensor:
    """Score logits, float64 `[N, 3]`: 1 − max-softmax, −margin, −energy.

    The margin is between the two largest logits, the energy their logsumexp (Liu et al. 2020). The
    first is computed so that it still tells certain predictions apart.
    """
    values = logits.double()
    largest, top = values.topk(2, 1)
    energy = values.logsumexp(1)
    others = values.scatter(1, top[:, :1], -torch.inf).logsumexp(1)
    return torch.stack(((others - energy).exp(), largest[:, 1] - largest[:, 0], -energy), 1)


def _labelled(record: Histograms) -> int:
    rows = [row for row, key in enumerate(record.subsets) if key.startswith("class:")]
    count = int(record.inputs[rows].sum())
    if not count:
        raise ValueError("a reference without labels: distances are from the classes' inputs")
    return count


def _histograms(
    network: RecordedNetwork,
    settings: Settings,
    reference: Iterable[Any],
    reading: Reading,
) -> dict[str, Histograms]:
    """Histograms by layer, of a pass over the reference that counts nothing else."""
    accumulator = Accumulator(
        replace(settings, focus=None, predicted_histograms=False, cross_slices=False, masses=())
    )
    observed = ObservedLayers()
    count = Intake(network, observed, accumulator).count
    attribution = AttributionPass(network, accumulator, None)
    with isolation.isolated(network.model, reference), processes.alone():
        evaluation = EvaluationPass(network, observed, accumulator, attribution, count)
        evaluation.run(reference, BatchInfo(None, None, only=False), reading)
    found = writing.to_records(accumulator)
    return {layer: record for layer, record in found if isinstance(record, Histograms)}


def _mean(values: Floats) -> Floats:
    """Means over the columns of what is finite, NaN where nothing is."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(known, values, 0).sum(axis=1) / known.sum(axis=1)
    return mean
