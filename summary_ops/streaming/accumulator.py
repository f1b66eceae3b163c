"""Accumulate batches of pooled activations into statistics of all layers and subsets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from summary_ops.problems import RECOVERABLE
from summary_ops.statistics.class_metrics import ClassMetrics
from summary_ops.statistics.histogram_range import HistogramRange
from summary_ops.statistics.state import State
from summary_ops.streaming import collectives, metrics
from summary_ops.streaming.budget import Budget, make_budget, most_confused
from summary_ops.streaming.layer_counts import CONFLICTING, LayerCounts, agree
from summary_ops.streaming.shares import Placement, Share, union
from summary_ops.streaming.subsets.batch import Batch, Settings
from summary_ops.streaming.subsets.division import Division, divide
from summary_ops.streaming.subsets.label_range import LabelRange, check_identifiers
from summary_ops.streaming.subsets.membership import membership_of
from summary_ops.streaming.subsets.numbering import Kept, Keys
from summary_ops.streaming.tables import Tables
from summary_ops.tasks import Facts
from summary_ops.tasks.quantiles import learn_edges, subset_names
from summary_ops.tasks.task import partitions

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
        self.budget: Budget | None = None
        self.reset(LayerCounts(settings.masses))

    def reset(self, counts: LayerCounts) -> None:
        """Forget what was observed; numbering of classes, focus and quantile edges stay."""
        self.tables = Tables(counts, self.settings.bins)
        self.keys = Keys()
        self.windows: dict[str, HistogramRange] = {}
        self.waiting: list[Batch] = []
        self.metrics: ClassMetrics | None = None
        self.labels = LabelRange()
        self.modes: set[str] = set()
        self.inputs = 0
        self.whole = True
        self.planned = False

    @property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """First and last column, plus one, of each layer that is counted."""
        return self.tables.numbering.spans

    @property
    def counts(self) -> LayerCounts:
        """The activation counts."""
        return self.tables.counts

    def start_next(self, *, keep_windows: bool) -> None:
        """Begin the next record.

        With several processes the next windows follow from the merged histograms, which are
        the same everywhere, and centers stay; and once the classes are known, those most confused
        become the focus.
        """
        windows = self.tables.next_windows(self.settings.windows) if keep_windows else {}
        if self.budget is not None and not self.budget.whole and self.focus is None:
            confusion = self.metrics.confusion if self.metrics is not None else None
            self.focus = most_confused(confusion, self.classes)
        counts = self.counts.next(keep_centers=keep_windows)
        self.reset(counts)
        self.windows = windows

    def place(self, sample: Mapping[str, Tensor]) -> None:
        """Place windows and centers by a sample `[inputs, units]` of each layer, pooled."""
        for name, pooled in sample.items():
            if name not in self.spans:
                self.windows[name] = self._window(name, pooled)
                self.counts.place(name, pooled)

    def _window(self, name: str, sample: Tensor) -> HistogramRange:
        if bounds := self.settings.windows.get(name, self.settings.windows.get("")):
            low, high = (sample.new_full((sample.shape[1],), float(bound)) for bound in bounds)
            return HistogramRange.bounded(low, high)
        return HistogramRange.of(sample)

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
        if self.growing and batch.labels is not None and "output" not in self.widths | found:
            check_identifiers(batch.labels)
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
        """Return whether processes must first agree on the quantiles of targets."""
        return (
            self.settings.task.quantiles
            and "target" not in self.edges
            and collectives.active()
            and any(batch.labels is not None for batch in (*self.waiting, *more))
        )

    @property
    def facts(self) -> Facts:
        """Return what the subsets of a batch follow from."""
        return Facts(self.classes, self.edges)

    def divide(self, batch: Batch) -> Division:
        """Divide the inputs of a batch into subsets."""
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
        for name in names:
            if name not in self.windows and name not in self.spans:
                sample = torch.cat([b.pooled[name] for b in waiting if name in b.pooled])
                self.place({name: sample[:FIRST_INPUTS]})
        self._learn_classes(waiting)
        if not collectives.active():
            self.learn_edges(waiting)
        if not self.planned:
            self._make_budget(waiting)
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
        """Set the number of classes: that of the output, and before one that of the labels."""
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

    def _make_budget(self, waiting: list[Batch]) -> None:
        settings = self.settings
        slices = {name for batch in waiting for name in batch.slices}
        units = sum(width for what, width in self.widths.items() if what != "output")
        self.budget = make_budget(
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
        if self.whole and not self.budget.whole:
            self.start_total()
        self.planned = True

    def start_total(self) -> None:
        """Count `all` in a row of its own from now on, begun with the sum of all classes' rows."""
        self.whole = False
        if self.spans:
            parts = [n for n in self.keys.names if n.startswith(("class:", "unlabelled"))]
            self.keys.of("all")
            self._number_subsets()
            self.tables.sum_rows("all", parts)

    def learn_edges(self, waiting: list[Batch]) -> None:
        """Quantile edges of targets and errors, from the first inputs, unless they are known."""
        if self.settings.task.quantiles:
            pairs = [(batch.logits, batch.labels) for batch in waiting]
            learn_edges(self.edges, pairs, FIRST_INPUTS)

    def subset_names(self) -> tuple[str, ...]:
        """Readable names of quantile bins, flattened: key, name, key, name."""
        return subset_names(self.edges)

    def _fold(self, batch: Batch) -> None:
        if not batch.size or not batch.pooled:
            return
        task = self.settings.task
        if task.has_classes:
            self.keys.block("class", self.classes, batch.device)
        total = not (partitions(task) and self.whole)
        membership = membership_of(
            self.divide(batch), self.keys, batch.size, batch.device, total=total
        )
        self._number_subsets()
        fresh = [name for name in batch.pooled if name not in self.spans]
        if fresh:
            windows = {name: self.windows.pop(name).to(batch.device) for name in fresh}
            self.tables.add_layers(windows)
        self.tables.update(batch.pooled, membership)
        self.metrics = metrics.counted(self.metrics, task, batch, self.facts)
        if task.exclusive and batch.labels is not None:
            self.labels.update(batch.labels)

    def _number_subsets(self) -> None:
        """Begin rows for the subsets that are new."""
        fresh: dict[str, Kept] = {}
        numbering = self.tables.numbering
        rows, moment_rows = numbering.histogram_rows.height, numbering.moment_rows.height
        for name in self.keys.names[len(numbering.subsets) :]:
            kept = fresh[name] = self._keeps(name, rows, moment_rows)
            rows, moment_rows = rows + kept.histograms, moment_rows + kept.moments
        self.tables.add_subsets(fresh)

    def _keeps(self, name: str, rows: int, moment_rows: int) -> Kept:
        """Return whether a subset gets a histogram beside `rows` rows, and whether moments."""
        if self.budget is None or name in ("all", "unlabelled"):
            return Kept(histograms=True, moments=True)
        room = rows < self.budget.rows[0], moment_rows < self.budget.rows[1]
        if not all(room):
            self.budget = self.budget.without(self.budget.full)
        fitting = self.budget.wants(name, predicted_histograms=self.settings.predicted_histograms)
        return Kept(room[0] and fitting[0], room[1] and fitting[1])

    def placement(self, edges: dict[str, Tensor]) -> Placement:
        """Return this process's settings for counting, for the others."""
        windows = self.windows | self.tables.windows()
        on_host = {name: window.to(torch.device("cpu")) for name, window in windows.items()}
        return Placement(on_host, self.counts.on_host(), edges, self.classes)

    def place_as(self, placement: Placement) -> None:
        """Count by what another process counts by."""
        self.windows.update(placement.windows)
        self.counts.centers |= placement.centers
        self.edges, self.classes = placement.edges, placement.classes

    def share(self) -> Share:
        """Return what this process knows, for the others."""
        return Share(
            self.tables.numbering,
            self.counts.on_host(),
            self.budget,
            self.classes,
            frozenset(self.modes),
            self.inputs,
            None if self.metrics is None else self.metrics.shape,
        )

    def adopt(self, shares: Sequence[Share], device: torch.device) -> None:
        """Take over the rows and columns of all processes, in an order that is the same in each.

        Args:
            shares: of every process, this one among them.
            device: where statistics can be reduced.
        """
        # All derive one numbering from the shares; deviations from different centers cannot add.
        every = union(shares)
        self.classes, self.budget, self.inputs = every.classes, every.budget, every.inputs
        self.modes = set(every.modes)
        if "all" in every.numbering.subsets and self.whole:
            self.start_total()
        if every.numbering.layers:
            self.counts.centers, conflicting = agree([share.centers for share in shares])
            if conflicting and self.budget is not None:
                self.budget = self.budget.without(CONFLICTING)
            self.tables.reindex(every.numbering, self.windows, device, conflicting=conflicting)
            self.keys = Keys.of_names(every.numbering.subsets)
        if self.metrics is not None:
            self.metrics = self.metrics.to(device)
        elif every.metrics is not None:
            rows, columns = every.metrics
            self.metrics = ClassMetrics.empty(rows, confusion=columns > 0, device=device)

    def states(self) -> Iterator[State]:
        """Yield all statistics, in an order that is the same in every process after `adopt`."""
        yield from self.tables.states()
        if self.metrics is not None:
            yield self.metrics
