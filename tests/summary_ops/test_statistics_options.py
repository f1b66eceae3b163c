"""Statistics are one argument of a recorder; the keywords it once took itself go on working."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import Any

import pytest
from torch import nn

from summary_ops import Recorder, Statistics
from summary_ops.streaming.options import StatisticsOptions

OTHERS: dict[str, Any] = {
    "reduction": "mean",
    "unit_axis": {"0": -1},
    "batch_axis": 1,
    "output_scale": "probabilities",
    "focus": [0],
    "max_bytes": 2**20,
    "bins": 16,
    "window": (-1.0, 1.0),
    "predicted_histograms": True,
    "cross_slices": True,
    "probe_dtype": "float16",
}


def settled(recorder: Recorder) -> tuple[Any, ...]:
    """What the arguments have made of a recorder."""
    network, settings = recorder.pipeline.network, recorder.pipeline.accumulator.settings
    return (
        *(network.reduction, network.unit_axes, network.max_bytes, network.layouts.stated),
        *(network.scale.of(training=True), recorder._options.statistics.probe_dtype),
        *(settings.focus, settings.bins, settings.windows, settings.max_bytes),
        *(settings.predicted_histograms, settings.cross_slices),
    )


def recorder_of(**options: Any) -> Recorder:
    return Recorder(nn.Linear(3, 2), classes=["a", "b"], verbose=False, **options)


@pytest.mark.parametrize("name", OTHERS)
def test_an_old_keyword_still_works_and_says_what_to_write_instead(name: str) -> None:
    value = OTHERS[name]
    new = re.escape(f"pass Recorder(…, statistics=Statistics({name}={value!r}))")
    with pytest.warns(DeprecationWarning, match=new) as caught:
        recorder = recorder_of(**{name: value})
    assert [warning.filename for warning in caught] == [__file__]
    assert settled(recorder) == settled(recorder_of(statistics=Statistics(**{name: value})))
    assert settled(recorder) != settled(recorder_of())


def test_old_keywords_join_the_new_argument() -> None:
    with pytest.warns(DeprecationWarning, match=r"Statistics\(focus=\[1\], bins=16\)"):
        recorder = recorder_of(statistics=Statistics(focus=[1]), bins=16)
    assert settled(recorder) == settled(recorder_of(statistics=Statistics(focus=[1], bins=16)))


def test_every_field_was_a_keyword_and_is_none_now() -> None:
    names = [field.name for field in fields(Statistics)]
    assert names == list(StatisticsOptions.__annotations__) == list(OTHERS)
    assert not set(names) & set(inspect.signature(Recorder).parameters)


def test_other_keywords_and_values_are_refused() -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'binz'"):
        recorder_of(binz=16)
    with pytest.raises(TypeError, match=r"statistics=\{'bins': 16\}, expected summary_ops.Stat"):
        recorder_of(statistics={"bins": 16})
