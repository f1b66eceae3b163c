from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from numpy.testing import assert_array_equal

import summary_ops
from summary_ops import ProbeSet, Recorder
from summary_ops.jobs.ablation.ablations import AblationOptions
from summary_ops.jobs.attack_report.report import AttackReportOptions
from summary_ops.jobs.feature_visualization.optimize import PictureOptions
from summary_ops.jobs.job import write_job
from summary_ops.jobs.projection_maps import MapOptions
from summary_ops.jobs.saliency.recording import SaliencyOptions
from summary_ops.jobs.strips.making import StripOptions
from tb_plugin_neural.contract.projection_records import ProjectionMap
from tb_plugin_neural.contract.record import Record
from tb_plugin_neural.contract.records import Session
from tb_plugin_neural.contract.what_if_records import Ablations, Saliency
from tests.recording import digits
from tests.summary_ops.strip_subjects import trained
from tests.summary_ops.written import last, written

IMAGES, LABELS = digits()

OWN = {  # keywords that the writing function gives or has itself
    summary_ops.attack_report: {"reference"},
    summary_ops.adversarial_strips: {"labels"},
    summary_ops.feature_visualization: {"input_shape", "unit_axis"},
    summary_ops.projection_maps: {"step"},
}


def recorder_of() -> Recorder:
    probe = ProbeSet(IMAGES[1000:1020], LABELS[1000:1020])
    return Recorder(trained(), probe=probe, graph=None, verbose=False)


@pytest.mark.parametrize(
    ("compute", "options"),
    [
        (summary_ops.ablations, AblationOptions),
        (summary_ops.attack_report, AttackReportOptions),
        (summary_ops.saliency, SaliencyOptions),
        (summary_ops.adversarial_strips, StripOptions),
        (summary_ops.feature_visualization, PictureOptions),
        (summary_ops.projection_maps, MapOptions),
    ],
)
def test_a_writing_function_takes_every_argument_of_the_one_that_computes(
    compute: Any, options: Any
) -> None:
    keywords = {
        name: parameter.annotation
        for name, parameter in inspect.signature(compute).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and name not in OWN.get(compute, ())
    }
    stated = {name: hint.__forward_arg__ for name, hint in options.__annotations__.items()}
    assert stated == keywords
    assert not options.__required_keys__


def _named(hint: Any) -> Iterator[type]:
    """Classes in a type, at any depth."""
    if isinstance(hint, type):
        yield hint
    for part in typing.get_args(hint):
        yield from _named(part)


@pytest.mark.parametrize("name", summary_ops.__all__)
def test_the_types_that_public_functions_return_are_public(name: str) -> None:
    public = getattr(summary_ops, name)
    if not inspect.isfunction(public):
        return
    returned = typing.get_type_hints(public, localns={"Recorder": Recorder})["return"]
    own = {kind for kind in _named(returned) if kind.__module__.split(".")[0] in OURS}
    assert own <= {getattr(summary_ops, exported) for exported in summary_ops.__all__}


OURS = ("summary_ops", "tb_plugin_neural")


def _arrays(record: Record) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if hasattr(value, "dtype")}


def _assert_same(first: Record, second: Record) -> None:
    assert type(first) is type(second)
    assert _arrays(first)
    for name, value in _arrays(first).items():
        assert_array_equal(value, getattr(second, name), err_msg=name)


def test_what_is_returned_is_what_is_written(writer, tmp_path) -> None:
    recorder, batches = recorder_of(), [(IMAGES[:200], LABELS[:200])]
    asked = {"classes": [2], "top": 2, "inputs": 8, "progress": False}
    drawn = {"methods": "occlusion", "progress": False}
    summary_ops.add_ablations(writer, recorder, batches, step=4, **asked)
    summary_ops.add_saliency(writer, recorder, [3], step=4, **drawn)
    summary_ops.add_projection_maps(writer, recorder, step=4, layers="classifier.3", progress=False)
    writer.flush()
    _assert_same(
        last(tmp_path / "run", Ablations), summary_ops.ablations(recorder, batches, **asked)
    )
    found = summary_ops.saliency(recorder, 3, **drawn)
    assert list(found) == ["occlusion"]
    _assert_same(last(tmp_path / "run", Saliency, "occlusion"), found["occlusion"])
    maps = summary_ops.projection_maps(recorder, step=4, layers="classifier.3", progress=False)
    assert list(maps) == [("classifier.3", 4)]
    _assert_same(last(tmp_path / "run", ProjectionMap, "classifier.3"), maps["classifier.3", 4])


def test_project_is_the_old_name() -> None:
    assert summary_ops.project is summary_ops.add_projection_maps


def test_no_instances_need_no_map() -> None:
    assert summary_ops.saliency(recorder_of(), []) == {}


class TestWriting:
    def test_begins_after_the_writer_is_known_to_write(self) -> None:
        def find() -> list[Any]:
            raise AssertionError

        with pytest.raises(ValueError, match="writes to no file"):
            write_job(object(), recorder_of(), find)

    def test_records_are_written_as_soon_as_they_are_found(self, writer, tmp_path) -> None:
        (record,) = summary_ops.saliency(
            recorder_of(), 0, methods="occlusion", progress=False
        ).values()

        def find() -> Iterator[tuple[int, str, Record]]:
            yield 7, "occlusion", record
            raise InterruptedError

        with pytest.raises(InterruptedError):
            write_job(writer, recorder_of(), find)
        writer.flush()
        assert {key[2] for key in written(tmp_path / "run") if key[0] == Saliency.kind} == {7}
        assert last(tmp_path / "run", Session).addition

    @pytest.mark.parametrize("step", [1.5, "three", torch.tensor([1, 2])])
    def test_a_step_is_a_whole_number(self, writer, step: Any) -> None:
        with pytest.raises((TypeError, ValueError), match="step"):
            summary_ops.add_saliency(writer, recorder_of(), [0], step=step)
