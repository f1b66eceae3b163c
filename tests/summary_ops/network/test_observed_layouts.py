"""Where the model cannot be run, axes are settled by passes of other sizes, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from summary_ops import Recorder, RecordingWarning, Statistics
from tests.summary_ops.network import layout_models as models
from tests.summary_ops.network.class_means import (
    CLASSES,
    LABELS,
    TOKENS,
    assert_overall,
    ids,
    make,
    outputs,
    overall,
    recorded,
)


def observe(recorder: Recorder, *sizes: int) -> None:
    start = 0
    for size in sizes:
        part = slice(start, start + size)
        with recorder.observing(LABELS[part]), torch.no_grad():
            recorder.model(ids()[part])
        start += size


def problems(recorder: Recorder) -> dict[str, str]:
    found = recorder.problems.found
    return {problem.what.removeprefix("layer "): problem.message for problem in found}


def test_a_layer_whose_tokens_are_as_many_as_inputs_waits_for_a_pass_that_tells() -> None:
    model = models.Words(TOKENS)
    recorder = make(model, ["blocks.0.act", "head"])
    with pytest.warns(RecordingWarning):
        observe(recorder, TOKENS, 5, TOKENS)
    assert "batch_axis={'blocks.0.act': 0}" in problems(recorder)["blocks.0.act"]
    act = outputs(model, ids()[TOKENS : 2 * TOKENS + 5])["blocks.0.act"].amax(1)
    assert_overall(recorder, "blocks.0.act", act)
    assert overall(recorder, "head")[0] == 2 * TOKENS + 5
    assert list(recorder.pipeline.observed.layers) == ["blocks.0.act", "head"]


def test_what_run_has_found_out_holds_for_what_is_observed_afterwards() -> None:
    recorder = make(models.Words(TOKENS), ["blocks.0.act", "head"], strict=True)
    recorder.run([(ids()[:TOKENS], LABELS[:TOKENS])], progress=False)
    observe(recorder, TOKENS)
    for layer in ("blocks.0.act", "head"):
        assert overall(recorder, layer)[0] == 2 * TOKENS


@pytest.mark.parametrize("given", [0, {"blocks.0.act": 0}])
def test_a_stated_batch_axis_settles_it_at_once(given: Any) -> None:
    model = models.Words(TOKENS)
    recorder = make(
        model, ["blocks.0.act", "head"], strict=True, statistics=Statistics(batch_axis=given)
    )
    observe(recorder, TOKENS)
    assert_overall(recorder, "blocks.0.act", outputs(model, ids()[:TOKENS])["blocks.0.act"].amax(1))


def test_a_stated_axis_holds_for_the_inputs_of_a_time_first_model() -> None:
    model, steps = models.TimeFirst().words, torch.randint(models.WORDS, (TOKENS, 3))
    net = nn.Sequential(model, nn.Linear(models.WIDTH, 2), nn.ReLU())
    recorder = make(net, ["2"], strict=True, statistics=Statistics(batch_axis=1), task=None)
    with recorder.observing():
        net(steps)
    assert_overall(recorder, "2", net(steps).amax(0))


@pytest.mark.parametrize("given", [2, True, "words", {"words": "first"}])
def test_an_unknown_batch_axis_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="batch_axis="):
        make(models.Words(TOKENS), ["head"], statistics=Statistics(batch_axis=given))


def test_positions_that_passed_for_inputs_are_removed_from_the_whole_record() -> None:
    recorder = make(models.Words(TOKENS, batched_positions=False), ["positions", "head"])
    observe(recorder, TOKENS)
    assert "positions" in recorder.pipeline.observed.layers
    with pytest.warns(RecordingWarning, match="positions: .*is removed"):
        observe(recorder, 5)
    assert recorded(recorder) == {"head"}
    assert [layer.name for layer in recorder.pipeline.step_records.about.layers] == ["head"]
    assert overall(recorder, "head")[0] == TOKENS + 5


def test_labels_of_another_batch_cost_that_batch_alone() -> None:
    recorder = make(models.Words(TOKENS), ["blocks.0.act", "head"])
    observe(recorder, 5)
    with pytest.warns(RecordingWarning), recorder.observing(LABELS[:3]):
        recorder.model(ids()[:5])
    observe(recorder, 5)
    for layer in ("blocks.0.act", "head"):
        assert overall(recorder, layer)[0] == 10


@pytest.mark.parametrize("strided", [False, True])
def test_windows_are_left_out_where_their_order_cannot_be_seen(*, strided: bool) -> None:
    recorder = make(models.Windows(4, strided=strided), ["block.act", "head"])
    with pytest.warns(RecordingWarning):
        observe(recorder, 4, 5)
    assert "groups=" in problems(recorder)["block.act"]
    assert recorded(recorder) == {"head"}


@pytest.mark.parametrize("labels", [None, torch.tensor([1])])
def test_a_state_without_a_batch_axis_is_one_input(labels: Tensor | None) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, CLASSES))
    recorder = make(model, ["0", "1", "2"], strict=True)
    states = torch.randn(6, 4)
    for state in states:
        with recorder.observing(labels):
            model(state)
    for layer, output in (("1", model[:2](states)), ("2", model(states))):
        assert_overall(recorder, layer, output)


class Halves(nn.Module):
    """Adds a batch axis of its own half way."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 5), nn.Linear(5, CLASSES)

    def forward(self, state: Tensor) -> Tensor:
        return self.second(self.first(state).expand(4, 5))


def test_an_input_without_a_batch_axis_is_left_out_where_layers_do_not_agree() -> None:
    recorder = make(Halves(), ["first", "second"])
    match = r"without a batch axis.*x\[None\]"
    with pytest.warns(RecordingWarning, match=match), recorder.observing():
        recorder.model(torch.randn(4))
    assert not recorder.pipeline.accumulator.inputs


def test_an_image_without_a_batch_axis_is_left_out() -> None:
    model = nn.Sequential(nn.Conv2d(3, 3, 3), nn.ReLU(), nn.Flatten(0), nn.Linear(108, CLASSES))
    recorder = make(model, ["1", "3"])
    with pytest.warns(RecordingWarning, match="without a batch axis"), recorder.observing():
        model(torch.randn(3, 8, 8))
    assert not recorder.pipeline.accumulator.inputs


def test_a_batch_of_one_is_pooled_like_any_other() -> None:
    model = models.Words(TOKENS)
    recorder = make(model, ["blocks.0.act", "head"], strict=True)
    observe(recorder, 1, 1, 4, 1)
    act = outputs(model, ids()[:7])["blocks.0.act"].amax(1)
    assert_overall(recorder, "blocks.0.act", act)


def test_units_as_many_as_inputs_and_tokens_are_told_by_their_layers() -> None:
    model = nn.Sequential(
        nn.Embedding(models.WORDS, 8), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 8)
    )
    recorder = make(model, ["1", "2"], task=None, strict=True, statistics=Statistics(batch_axis=0))
    words = ids()[:8]
    with recorder.observing():
        model(words)
    assert_overall(recorder, "2", model[:3](words).amax(1))
