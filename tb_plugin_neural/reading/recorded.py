"""Read a log directory's records as arrays that are decoded on demand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import numpy as np
from tensorboard import errors

from tb_plugin_neural.analysis.findings.finding import Finding, Subject
from tb_plugin_neural.contract.records import (
    KINDS,
    ClassMetrics,
    Layer,
    Moments,
    Probe,
    ProbePredictions,
    Record,
)
from tb_plugin_neural.lookup import subjects
from tb_plugin_neural.lookup.evidence import recorded_steps
from tb_plugin_neural.lookup.findings import Findings, findings_of, recipes_of
from tb_plugin_neural.reading.opening import NothingRecorded, open_store
from tb_plugin_neural.reading.tables import Table
from tb_plugin_neural.store.sessions import Model
from tb_plugin_neural.store.store import Store

R = TypeVar("R", bound=Record)
Array = np.ndarray[Any, Any]


class Series(Mapping[int, R], Generic[R]):
    """The records of one kind and layer by step; each is decoded when it is asked for."""

    def __init__(self, store: Store, model: Model, kind: type[R], layer: str) -> None:
        self._store, self._model, self._kind, self._layer = store, model, kind, layer

    @property
    def steps(self) -> list[int]:
        """Recorded steps, rising."""
        return self._store.steps(self._model, self._kind, self._layer)

    def __getitem__(self, step: int) -> R:
        found = self._store.at(self._model, self._kind, self._layer, step)
        if found is None:
            raise KeyError(f"no {self._kind.kind} at step {step}; there are {self.steps}")
        return found[1]

    def __iter__(self) -> Iterator[int]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def last(self) -> R:
        """Return the newest record.

        Raises:
            KeyError: there is none.
        """
        if not self.steps:
            raise KeyError(f"no {self._kind.kind} of {self._layer or 'the run'}")
        return self[self.steps[-1]]


class Run:
    """One recorder's records in one run.

    Attributes:
        name: of the run.
        model: the recorder's name.
    """

    def __init__(self, store: Store, model: Model) -> None:
        self._store, self._model = store, model
        self.name, self.model = model.run, model.name

    def __repr__(self) -> str:
        return f"Run({self.name!r}, {len(self.steps)} steps, {len(self.layers)} layers)"

    @property
    def steps(self) -> list[int]:
        """Steps with statistics of units or classes, rising."""
        return recorded_steps(self._model)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names by index."""
        return self._model.about.classes

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Recorded layers in the order of execution."""
        return self._model.about.layers

    @property
    def kinds(self) -> list[str]:
        """Kinds of records that there are."""
        return list(self._model.recorded)

    @overload
    def series(self, kind: type[R], layer: str = "") -> Series[R]: ...
    @overload
    def series(self, kind: str, layer: str = "") -> Series[Any]: ...
    def series(self, kind: type[R] | str, layer: str = "") -> Series[Any]:
        """Return all records of a kind.

        Args:
            kind: a class of `tb_plugin_neural.contract.records.KINDS`, or its name there.
            layer: of the kinds that are recorded layer by layer.

        Raises:
            KeyError: there is no such kind.
        """
        if isinstance(kind, str) and kind not in KINDS:
            raise KeyError(f"no kind {kind!r}; there are {', '.join(KINDS)}")
        return Series(
            self._store, self._model, KINDS[kind] if isinstance(kind, str) else kind, layer
        )

    def metrics(self) -> Table:
        """Return the accuracy of each class at each step.

        Returns:
            Columns `step`, `class`, `inputs`, `correct`, `predicted`.
        """
        found = list(self._store.over_steps(self._model, ClassMetrics))
        rows = [
            (entry.step, record, row) for entry, record in found for row in range(len(record.rows))
        ]
        return Table(
            {
                "step": [step for step, _, _ in rows],
                "class": [self.subset(record.rows[row]) for _, record, row in rows],
                **{
                    name: np.array(
                        [getattr(record, name)[row] for _, record, row in rows], np.int64
                    )
                    for name in ("inputs", "correct", "predicted")
                },
            }
        )

    def moments(self, layer: str, subset: str = "all") -> Table:
        """Mean and deviation of each unit at each step.

        Returns:
            Columns `step`, `unit`, `mean`, `std`.

        Raises:
            KeyError: nothing is recorded of the layer.
        """
        steps, means, stds = [], [], []
        for entry, record in self._store.over_steps(self._model, Moments, self._known(layer)):
            parts = [subset] if subset in record.subsets else []
            if subset == "all" and not parts:
                parts = [key for key in record.subsets if key.startswith(("class:", "unlabelled"))]
            if parts:
                mean, std = subjects.pooled(record, parts)
                steps.append(entry.step)
                means.append(mean)
                stds.append(std)
        units = [len(mean) for mean in means]
        return Table(
            {
                "step": np.repeat(np.array(steps, np.int64), units),
                "unit": np.concatenate([np.arange(size) for size in units] or [np.zeros(0, int)]),
                "mean": np.concatenate(means or [np.zeros(0)]),
                "std": np.concatenate(stds or [np.zeros(0)]),
            }
        )

    def activations(self, layer: str, step: int | None = None) -> Array:
        """Activations of the probe set `[instances, units]`, float32; NaN where not finite.

        Args:
            layer: its name.
            step: a recorded one, or the nearest before; by default the last.

        Raises:
            KeyError: none are recorded of the layer.
        """
        at_step = self.steps[-1] if step is None else step
        try:
            return subjects.activations(self._store, self._model, self._known(layer), at_step)[1]
        except errors.NotFoundError as error:
            raise KeyError(str(error)) from None

    def predictions(self, step: int | None = None) -> Table:
        """Return the model's predictions on the probe set.

        Args:
            step: a recorded one; by default the last.

        Returns:
            Columns `instance`, `name`, `label`, `predicted`, `probability`; classes by name.

        Raises:
            KeyError: none are recorded.
        """
        series = self.series(ProbePredictions)
        record = series.last() if step is None else series[step]
        probe = self.series(Probe).last()
        top = record.top[:, 0] if record.top.shape[1] else np.full(len(probe.names), -1)
        return Table(
            {
                "instance": np.arange(len(probe.names)),
                "name": probe.names,
                "label": [self._class(label) for label in probe.labels],
                "predicted": [self._class(int(label)) for label in top],
                "probability": record.probability[:, 0] if record.top.shape[1] else top * np.nan,
            }
        )

    def findings(
        self, step: int | None = None, *, against: Run | None = None, since: int | None = None
    ) -> Findings:
        """Return the findings of a step, as the page shows them.

        Args:
            step: a recorded one, or the nearest before; by default the last.
            against: another run, at its last step; by default this run, one record before.
            since: another step of this run, instead.
        """
        now = Subject(self.name, self.model, self.steps[-1] if step is None else step)
        before = None
        if against is not None:
            before = Subject(against.name, against.model, against.steps[-1])
        elif since is not None:
            before = dataclasses.replace(now, step=since)
        return findings_of(self._store, now, before)

    def subset(self, key: str) -> str:
        """Describe a subset's key in words: the class's name."""
        index = key.removeprefix("class:")
        return self._class(int(index)) if key != index and index.isdigit() else key

    def _class(self, label: int) -> str:
        return self.classes[label] if 0 <= label < len(self.classes) else ""

    def _known(self, layer: str) -> str:
        names = [one.name for one in self.layers]
        if layer not in names:
            raise KeyError(f"no layer {layer!r}; there are {', '.join(names)}")
        return layer


class Logs(Mapping[str, Run]):
    """The runs of a log directory by name."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._models: Sequence[Model] = store.snapshot.models

    def __getitem__(self, run: str) -> Run:
        return self.run(run)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(model.run for model in self._models))

    def __len__(self) -> int:
        return len({model.run for model in self._models})

    def __repr__(self) -> str:
        return f"Logs of runs {', '.join(self)}"

    def run(self, name: str, model: str | None = None) -> Run:
        """Return a run; of several recorders in it the one named `model`, else the first.

        Raises:
            KeyError: there is none.
        """
        found = [one for one in self._models if one.run == name and model in (None, one.name)]
        if not found:
            raise KeyError(
                f"no run {name!r}{f' with {model!r}' if model else ''}; there are {[*self]}"
            )
        return Run(self.store, found[0])

    def compare(self, run: str, against: str) -> Findings:
        """Compare two recipes, each by three runs or more that differ in the seed, at their ends.

        Args:
            run: a pattern that the names of a recipe's runs match, such as `wide-*`.
            against: likewise, of the other recipe.

        Raises:
            ValueError: fewer runs match, or they cannot be compared.
        """
        now, before = (
            [
                Subject(one.name, one.model, one.steps[-1])
                for one in (self[name] for name in self if fnmatchcase(name, pattern))
                if one.steps
            ]
            for pattern in (run, against)
        )
        return recipes_of(self.store, now, before, (run, against))

    def newest(self) -> Run:
        """Return the run that was written last."""
        return Run(self.store, max(self._models, key=_written))


def _written(model: Model) -> float:
    return max((time for steps in model.recorded.values() for time in steps.values()), default=0.0)


def read(logdir: Path | str) -> Logs:
    """Open a log directory; see `tb_plugin_neural.read`."""
    return Logs(open_store(logdir))


__all__ = ["Finding", "Findings", "Logs", "NothingRecorded", "Run", "Series", "Table", "read"]
