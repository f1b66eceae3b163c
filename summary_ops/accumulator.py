"""From batches of pooled activations to records; the statistics of all layers, folded at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

import torch
from torch import Tensor

from summary_ops import subsets, tasks
from summary_ops.batch import Batch, Settings
from summary_ops.membership import membership_of
from summary_ops.plan import FOCUS, Plan, make_plan
from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.statistics.histogram import Histogram
from summary_ops.statistics.moments import Moments
from summary_ops.statistics.window import Window

FIRST_INPUTS = 256
"""Inputs that are kept back to place the windows of the histograms."""


class Accumulator:
    """Everything observed since the last record.

    The first 256 inputs are kept back until the windows of the histograms are known: given by
    the caller, by `place` (from the probe set), or computed from these inputs.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.focus = settings.focus
        self.classes = settings.classes or (2 if settings.task == "binary" else 0)
        self.edges: dict[str, Tensor] = {}
        self.plan: Plan | None = None
        self.reset()

    def reset(self) -> None:
        """Forget what was observed; numbering of classes, focus and quantile edges stay."""
        self.keys = subsets.Keys()
        self.spans: dict[str, tuple[int, int]] = {}
        self.windows: dict[str, Window] = {}
        self.waiting: list[Batch] = []
        self.histogram: Histogram | None = None
        self.moments: Moments | None = None
        self.metrics: ClassMetrics | None = None
        self.histogram_rows: list[int] = []
        self.moment_rows: list[int] = []
        self.modes: set[str] = set()
        self.inputs = 0

    def start_next(self, *, keep_windows: bool) -> None:
        """Begin the next record.

        With several processes the next windows follow from the merged histograms, which are
        the same everywhere; and once the classes are known, those most confused become the focus.
        """
        windows: dict[str, Window] = {}
        if keep_windows and self.histogram is not None:
            for name, span in self.spans.items():
                if name not in self.settings.windows and "" not in self.settings.windows:
                    windows[name] = self.histogram.units(*span).next_window()
        if self.plan is not None and not self.plan.whole and self.focus is None:
            self.focus = self._most_confused()
        self.plan = None if self.focus is not None else self.plan
        self.reset()
        self.windows = windows

    def _most_confused(self) -> tuple[int, ...] | None:
        confusion = self.metrics.confusion if self.metrics is not None else None
        if confusion is None or not confusion.shape[1]:
            return tuple(range(min(FOCUS, self.classes)))
        wrong = confusion - torch.diag(torch.diag(confusion))
        order = (wrong.sum(0) + wrong.sum(1)).argsort(descending=True, stable=True)
        return tuple(sorted(order[:FOCUS].tolist()))

    def place(self, sample: Mapping[str, Tensor]) -> None:
        """Place the windows by a sample `[inputs, units]` of each layer's pooled activations."""
        for name, pooled in sample.items():
            if name not in self.spans:
                self.windows[name] = self._window(name, pooled)

    def _window(self, name: str, sample: Tensor) -> Window:
        if bounds := self.settings.windows.get(name, self.settings.windows.get("")):
            low, high = (sample.new_full((sample.shape[1],), float(bound)) for bound in bounds)
            return Window.bounded(low, high)
        return Window.of(sample)

    def add(self, batch: Batch) -> None:
        """Count a batch, at once or when the windows are known."""
        self.inputs += batch.size
        self.modes.add(batch.mode)
        self.waiting.append(batch)
        ready = all(name in self.spans or name in self.windows for name in batch.pooled)
        if self.settings.task == "regression":
            ready = ready and bool(self.edges)
        if ready or sum(waiting.size for waiting in self.waiting) >= FIRST_INPUTS:
            self.flush()

    def flush(self) -> None:
        """Count everything kept back."""
        waiting, self.waiting = self.waiting, []
        if not waiting:
            return
        names = dict.fromkeys(name for batch in waiting for name in batch.pooled)
        missing = [name for name in names if name not in self.spans and name not in self.windows]
        self.place(
            {
                name: torch.cat([b.pooled[name] for b in waiting if name in b.pooled])[
                    :FIRST_INPUTS
                ]
                for name in missing
            }
        )
        self._learn(waiting)
        units = {n: b.pooled[n].shape[1] for b in waiting for n in b.pooled}
        if self.plan is None:
            self.plan = make_plan(
                sum(units.values()),
                self.classes,
                self.settings.bins,
                self.settings.max_bytes,
                self.focus,
            )
        for batch in waiting:
            self._fold(batch)

    def _learn(self, waiting: Iterable[Batch]) -> None:
        """Number of classes and quantile edges, from the first inputs."""
        waiting = list(waiting)
        logits = [batch.logits for batch in waiting if batch.logits is not None]
        labels = [batch.labels for batch in waiting if batch.labels is not None]
        task = self.settings.task
        if task in ("multiclass", "multilabel") and not self.classes:
            if logits:
                self.classes = logits[0].shape[1]
            elif task == "multilabel" and labels:
                self.classes = labels[0].shape[1]
            elif labels:
                largest = [int(label.max()) for label in labels if len(label)]
                self.classes = max(largest, default=-1) + 1
        if task == "regression" and "target" not in self.edges and labels:
            self.edges["target"] = subsets.quantile_edges(torch.cat(labels)[:FIRST_INPUTS])
        known = [b for b in waiting if b.logits is not None and b.labels is not None]
        if task == "regression" and "error" not in self.edges and known:
            errors = [(b.logits - b.labels).abs() for b in known]  # type: ignore[operator]
            self.edges["error"] = subsets.quantile_edges(torch.cat(errors)[:FIRST_INPUTS])

    def subset_names(self) -> tuple[str, ...]:
        """Readable names of quantile bins, flattened: key, name, key, name."""
        pairs: dict[str, str] = {}
        for kind, edges in self.edges.items():
            pairs.update(subsets.quantile_names(kind, edges))
        return tuple(text for pair in pairs.items() for text in pair)

    def _fold(self, batch: Batch) -> None:
        if not batch.size or not batch.pooled:
            return
        membership = membership_of(self, batch)
        self._make_room(batch)
        device = membership.keys.device
        histogram_rows = torch.tensor(self.histogram_rows, device=device)
        moment_rows = torch.tensor(self.moment_rows, device=device)
        rows, inputs = membership.rows(histogram_rows)
        if self.histogram is None or self.moments is None:
            raise AssertionError
        member = membership.matrix(moment_rows, self.moments.sums.shape[1])
        if list(batch.pooled) == list(self.spans):
            values = torch.cat(list(batch.pooled.values()), dim=1)
            self.histogram.update(values, rows, inputs)
            self.moments.update(values, member)
        else:
            for name, pooled in batch.pooled.items():
                span = self.spans[name]
                self.histogram.units(*span).update(pooled, rows, inputs)
                self.moments.units(*span).update(pooled, member)
        if not batch.only:
            self._count_metrics(batch, device)

    @property
    def whole(self) -> bool:
        """Whether the classes' histograms add up to that of all inputs."""
        return self.plan is None or self.plan.whole

    def _make_room(self, batch: Batch) -> None:
        """Rows for new subsets, columns for new layers."""
        fresh = {n: p.shape[1] for n, p in batch.pooled.items() if n not in self.spans}
        names = self.keys.names[len(self.histogram_rows) :]
        if not fresh and not names:
            return
        rows = max(self.histogram_rows, default=0) + 1
        moment_rows = max(self.moment_rows, default=0) + 1
        for name in names:
            histogram_kept, moment_kept = self._keeps(name)
            self.histogram_rows.append(rows if histogram_kept else 0)
            self.moment_rows.append(moment_rows if moment_kept else 0)
            rows, moment_rows = rows + histogram_kept, moment_rows + moment_kept
        if self.histogram is not None and self.moments is not None:
            self.histogram = self.histogram.with_rows(rows)
            self.moments = self.moments.with_rows(moment_rows)
        if not fresh:
            return
        device = next(iter(batch.pooled.values())).device
        windows = [self.windows.pop(name).to(device) for name in fresh]
        histogram = Histogram.empty(rows, reduce(Window.join, windows), self.settings.bins)
        moments = Moments.empty(moment_rows, sum(fresh.values()), device)
        start = 0 if self.histogram is None else self.histogram.table.shape[1]
        self.histogram = self.histogram.join(histogram) if self.histogram else histogram
        self.moments = self.moments.join(moments) if self.moments else moments
        for name, units in fresh.items():
            self.spans[name] = (start, start + units)
            start += units

    def _keeps(self, name: str) -> tuple[bool, bool]:
        """Whether a subset gets histograms, and whether moments."""
        kind, _, index = name.partition(":")
        if self.plan is None or kind not in ("class", "predicted"):
            return True, True
        plan, number = self.plan, int(index)
        histogram = plan.histograms is None or number in plan.histograms
        if kind == "class":
            return histogram, plan.moments is None or number in plan.moments
        moments = plan.predicted is None or number in plan.predicted
        return self.settings.predicted_histograms and histogram, moments

    def _count_metrics(self, batch: Batch, device: torch.device) -> None:
        task, labels, logits = self.settings.task, batch.labels, batch.logits
        if task is None or logits is None or labels is None:
            return
        if self.metrics is None:
            rows = subsets.QUANTILES if task == "regression" else self.classes
            confusion = task in ("multiclass", "binary")
            self.metrics = ClassMetrics.empty(rows, confusion=confusion, device=device)
        if task == "regression":
            index = subsets.quantile_index(labels, self.edges["target"])
            self.metrics.update_errors(logits, labels, index)
        elif task == "multilabel":
            self.metrics.update_labels(tasks.probabilities(task, logits), labels)
        else:
            known = torch.where(labels < self.classes, labels, -1)
            self.metrics.update_classes(tasks.probabilities(task, logits), known)
