"""Columns of equal length, and a pandas frame of them where pandas is installed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

Column = np.ndarray[Any, Any]


class Table(Mapping[str, Column]):
    """Named columns, NumPy arrays of one length.

    Example:
        >>> table = Table({"step": [0, 10], "accuracy": [0.25, 0.5]})
        >>> table["accuracy"].max()
        np.float64(0.5)
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = {name: np.asarray(values) for name, values in columns.items()}
        if len({len(column) for column in self._columns.values()}) > 1:
            sizes = {name: len(column) for name, column in self._columns.items()}
            raise ValueError(f"columns of different lengths: {sizes}")

    def __getitem__(self, name: str) -> Column:
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"no column {name!r}; there are {', '.join(self._columns)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"Table of {self.rows} rows: {', '.join(self._columns)}"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self._columns.values()), ()))

    def frame(self) -> Any:
        """Return the table as a `pandas.DataFrame`.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            raise ImportError(
                "a frame needs pandas: pip install pandas; or take the columns, which are arrays"
            ) from None
        return pandas.DataFrame(self._columns)
