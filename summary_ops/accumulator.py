"""From batches of pooled activations to records; the statistics of all layers, folded at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import torch
from torch import Tensor

from summary_ops import distributed, subsets
from summary_ops.batch import Batch, Settings
from summary_ops.layer_counts import LayerCounts
from summary_ops.membership import membership_of
from summary_ops.plan import Plan, make_plan, most_confused
from summary_ops.problems import RECOVERABLE
from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.statistics.histogram import Histogram
from summary_ops.statistics.moments import Moments
from summary_ops.statistics.window import Window
from summary_ops.streaming import metrics
from summary_ops.streaming.division import Division, divide
from summary_ops.tasks import Facts
from summary_ops.tasks.quantiles import learn_edges, quantile_names

FIRST_INPUTS = 256
"""Inputs that are kept back to place the windows of the histograms."""


class Accumulator:
    """Everything observed since the last record.

    The first 256 inputs are kept back until the windows of the histograms are known: given by
    the caller, by `place` (from the probe set), or computed from these inputs.

    Raises:
        ValueError: there is no such focus class, or a mass lies outside (0, 1].
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.focus = settings.focus
        self.classes = settings.classes or settings.task.known_classes
        beyond = [c for c in self.focus or () if not 0 <= c < self.classes]
        if self.classes and beyond:
            raise ValueError(f"focus: no class {beyond[0]}, there are {self.classes} classes")
        self.growing = settings.task.exclusive and not self.classes
        self.widths: dict[str, int] = {}
        self.edges: dict[str, Tensor] = {}
        self.plan: Plan | None = None
        self.counts = LayerCounts(settings.masses)
        self.reset()

    def reset(self) -> None:
        """Forget what was observed; numbering of classes, focus and quantile edges stay."""
        self.keys = subsets.Keys()
        self.spans: dict[str, tuple[int, int]] = {}
        self.windows: dict[str, Window] = {}
        self.waiting: list[Batch] = []
        self.histogram: Histogram | None = None
        self.moments: Moments | None = None
        self.counts = self.counts.next(keep_centers=False)
        self.metrics: ClassMetrics | None = None
        self.histogram_rows: list[int] = []
        self.moment_rows: list[int] = []
        self.modes: set[str] = set()
        self.inputs = 0
        self.whole = True
        self.planned = False

    def start_next(self, *, keep_windows: bool) -> None:
        """Begin the next record.

        With several processes the next windows follow from the merged histograms, which are
        the same everywhere, and centers stay; and once the classes are known, those most confused
        become the focus.
        """
        windows: dict[str, Window] = {}
        if keep_windows and self.histogram is not None:
            for name, span in self.spans.items():
                part = self.histogram.units(*span)
                given = name in self.settings.windows or "" in self.settings.windows
                windows[name] = part.window if given else part.next_window()
        if self.plan is not None and not self.plan.whole and self.focus is None:
            confusion = self.metrics.confusion if self.metrics is not None else None
            self.focus = most_confused(confusion, self.classes)
        counts = self.counts.next(keep_centers=keep_windows)
        self.reset()
        self.windows, self.counts = windows, counts

    def place(self, sample: Mapping[str, Tensor]) -> None:
        """Place windows and centers by a sample `[inputs, units]` of each layer, pooled."""
        for name, pooled in sample.items():
            if name not in self.spans:
                self.windows[name] = self._window(name, pooled)
                self.counts.place(name, pooled)

    def _window(self, name: str, sample: Tensor) -> Window:
        if bounds := self.settings.windows.get(name, self.settings.windows.get("")):
            low, high = (sample.new_full((sample.shape[1],), float(bound)) for bound in bounds)
            return Window.bounded(low, high)
        return Window.of(sample)

    def add(self, batch: Batch) -> None:
        """Count a batch, at once or when the windows are known.

        Raises:
            ValueError: the batch contradicts earlier ones; it is not counted.
        """
        self._check(batch)
        self.inputs += batch.size
        self.modes.add(batch.mode)
        self.waiting.append(batch)
        ready = all(name in self.spans or name in self.windows for name in batch.pooled)
        if self.settings.task.quantiles:
            ready = ready and bool(self.edges)
        enough = sum(waiting.size for waiting in self.waiting) >= FIRST_INPUTS
        if (ready or enough) and not self._awaits_edges():
            self.flush()

    def _check(self, batch: Batch) -> None:
        found = {f"layer {name!r}": pooled.shape[1] for name, pooled in batch.pooled.items()}
        for values in (batch.logits, batch.labels):
            if values is not None and values.ndim > 1:
                found["output"] = values.shape[1]
        for what, width in found.items():
            known = self.widths.get(what, width)
            if known != width:
                raise ValueError(f"{what} of {width} units or classes, after one of {known}")
        if self._awaits_edges(batch):
            held = [*self.waiting, batch]
            if sum(p.nbytes for b in held for p in b.pooled.values()) > self.settings.max_bytes:
                raise ValueError(
                    "several processes keep the first record of a regression back, until write "
                    "makes them agree on quantiles, and max_bytes holds no more of it; write "
                    "sooner, use run, or pass a larger max_bytes"
                )
        self.widths |= found

    def _awaits_edges(self, *more: Batch) -> bool:
        """Whether processes must first agree on the quantiles that targets are counted in."""
        return (
            self.settings.task.quantiles
            and "target" not in self.edges
            and distributed.active()
            and any(batch.labels is not None for batch in (*self.waiting, *more))
        )

    @property
    def facts(self) -> Facts:
        """What the subsets of a batch follow from."""
        return Facts(self.classes, self.edges)

    def divide(self, batch: Batch) -> Division:
        """The subsets that the inputs of a batch belong to."""
        return divide(
            self.settings.task, batch, self.facts, cross_slices=self.settings.cross_slices
        )

    def flush(self) -> None:
        """Count everything kept back.

        Raises:
            Exception: what one of the batches raised, once the others are counted.
        """
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
        self._learn_classes(waiting)
        if not distributed.active():
            self.learn_edges(waiting)
        if not self.planned:
            self._make_plan(waiting)
        errors = []
        for batch in waiting:
            try:
                self._fold(batch)
            except RECOVERABLE as error:
                self.inputs -= batch.size
                errors.append(error)
        if errors:
            raise errors[0]

    def _learn_classes(self, waiting: list[Batch]) -> None:
        """As many classes as the output has; until one is seen, as many as the labels need."""
        task = self.settings.task
        if not task.has_classes or task.known_classes or self.settings.classes:
            return
        count = self.widths.get("output", 0)
        self.growing = self.growing and not count
        if self.growing:
            labels = [b.labels for b in waiting if b.labels is not None and len(b.labels)]
            count = 1 + max((int(label.max()) for label in labels), default=-1)
        if count > self.classes:
            self.classes = count
            self.planned = False

    def _make_plan(self, waiting: list[Batch]) -> None:
        settings = self.settings
        slices = {name for batch in waiting for name in batch.slices}
        units = sum(width for what, width in self.widths.items() if what != "output")
        self.plan = make_plan(
            units,
            self.classes,
            settings.bins,
            settings.max_bytes,
            self.focus,
            predictions=settings.task.exclusive
            and any(batch.logits is not None for batch in waiting),
            predicted_histograms=settings.predicted_histograms,
            slices=len(slices) if settings.cross_slices else 0,
            count_bytes=self.counts.row_bytes(units),
        )
        if self.whole and not self.plan.whole:
            self.start_total()
        self.planned = True

    def start_total(self) -> None:
        """Count `all` in a row of its own from now on, begun with the sum of all classes' rows."""
        self.whole = False
        if self.histogram is None or self.moments is None:
            return
        parts = [
            (self.histogram_rows[number], self.moment_rows[number])
            for number, name in enumerate(self.keys.names)
            if name.startswith(("class:", "unlabelled"))
        ]
        self.keys.of("all")
        self._add_rows()
        rows, moment_rows = map(list, zip(*parts, strict=True))
        histogram, moments = self.histogram, self.moments
        for table in (histogram.table, moments.inputs, moments.missing):
            chosen = rows if table is histogram.table else moment_rows
            table[-1] = table[chosen].sum(0)
        for sums, chosen in ((histogram.sums, rows), (moments.sums, moment_rows)):
            sums[:, -1] = sums[:, chosen].sum(1)
        self.counts.start_total(moment_rows)

    def learn_edges(self, waiting: list[Batch]) -> None:
        """Quantile edges of targets and errors, from the first inputs, unless they are known."""
        if self.settings.task.quantiles:
            pairs = [(batch.logits, batch.labels) for batch in waiting]
            learn_edges(self.edges, pairs, FIRST_INPUTS)

    def subset_names(self) -> tuple[str, ...]:
        """Readable names of quantile bins, flattened: key, name, key, name."""
        named = (quantile_names(kind, edges) for kind, edges in self.edges.items())
        return tuple(text for names in named for pair in names.items() for text in pair)

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
        self.counts.update(batch.pooled, member)
        self.metrics = metrics.counted(self.metrics, self.settings.task, batch, self.facts)

    def _make_room(self, batch: Batch) -> None:
        """Rows for new subsets, columns for new layers."""
        rows, moment_rows = self._add_rows()
        fresh = {n: p.shape[1] for n, p in batch.pooled.items() if n not in self.spans}
        if fresh:
            device = next(iter(batch.pooled.values())).device
            self._add_layers(fresh, rows, moment_rows, device)

    def _add_rows(self) -> tuple[int, int]:
        names = self.keys.names[len(self.histogram_rows) :]
        rows = max(self.histogram_rows, default=0) + 1
        moment_rows = max(self.moment_rows, default=0) + 1
        for name in names:
            histogram_kept, moment_kept = self._keeps(name, rows, moment_rows)
            self.histogram_rows.append(rows if histogram_kept else 0)
            self.moment_rows.append(moment_rows if moment_kept else 0)
            rows, moment_rows = rows + histogram_kept, moment_rows + moment_kept
        if self.histogram is not None and self.moments is not None:
            self.histogram = self.histogram.with_rows(rows)
            self.moments = self.moments.with_rows(moment_rows)
            self.counts.add_rows(moment_rows)
        return rows, moment_rows

    def _add_layers(
        self, fresh: Mapping[str, int], rows: int, moment_rows: int, device: torch.device
    ) -> None:
        windows = [self.windows.pop(name).to(device) for name in fresh]
        histogram = Histogram.empty(rows, reduce(Window.join, windows), self.settings.bins)
        moments = Moments.empty(moment_rows, sum(fresh.values()), device)
        start = 0 if self.histogram is None else self.histogram.table.shape[1]
        self.histogram = self.histogram.join(histogram) if self.histogram else histogram
        self.moments = self.moments.join(moments) if self.moments else moments
        self.counts.add_layers(fresh, moment_rows, device)
        for name, units in fresh.items():
            self.spans[name] = (start, start + units)
            start += units

    def _keeps(self, name: str, rows: int, moment_rows: int) -> tuple[bool, bool]:
        """Whether a subset gets a histogram beside so many rows, and whether moments."""
        if self.plan is None or name in ("all", "unlabelled"):
            return True, True
        room = rows < self.plan.rows[0], moment_rows < self.plan.rows[1]
        if not all(room):
            self.plan = self.plan.without(self.plan.full)
        wanted = self.plan.wants(name, predicted_histograms=self.settings.predicted_histograms)
        return room[0] and wanted[0], room[1] and wanted[1]
