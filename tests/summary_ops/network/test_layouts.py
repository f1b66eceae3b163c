"""Recorded class means are those of plain PyTorch, or the layer is left out and reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.attention.flex_attention import flex_attention
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from summary_ops import RecordingWarning, Statistics
from tests.summary_ops.network import layout_models as models
from tests.summary_ops.network.class_means import (
    CLASSES,
    INPUTS,
    LABELS,
    SIZES,
    TOKENS,
    assert_means,
    batches,
    ids,
    left_out,
    make,
    outputs,
    recorded,
)
from tests.summary_ops.written import counted

TOKEN_LAYERS = ("words", "blocks.0", "blocks.0.act", "blocks.1.norm", "head")


@pytest.mark.parametrize("size", SIZES)
def test_learned_positions_do_not_turn_tokens_into_inputs(size: int) -> None:
    model = models.Words(TOKENS)
    recorder = make(model, TOKEN_LAYERS, strict=True)
    recorder.run(batches(size, ids()), progress=False)
    plain = outputs(model, ids())
    for layer in TOKEN_LAYERS[:-1]:
        assert_means(recorder, layer, plain[layer].amax(1))
    assert_means(recorder, "head", plain["head"])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("batched", [True, False])
def test_positions_themselves_are_left_out_and_reported(size: int, *, batched: bool) -> None:
    model = models.Words(TOKENS, batched_positions=batched)
    recorder = make(model, ["positions", "head"])
    told = left_out(recorder, batches(size, ids()))
    assert "the number of its rows does not follow" in told["positions"]
    assert recorded(recorder) == {"head"}


@pytest.mark.parametrize("size", SIZES)
def test_time_before_batch_inside_a_model_is_found(size: int) -> None:
    model = models.TimeFirst()
    recorder = make(model, ["words", "block.act", "block.norm", "head"], strict=True)
    recorder.run(batches(size, ids()), progress=False)
    plain = outputs(model, ids())
    assert_means(recorder, "words", plain["words"].amax(1))
    assert_means(recorder, "block.act", plain["block.act"].amax(1))


@pytest.mark.parametrize("size", [4, 2, 16])
@pytest.mark.parametrize("strided", [False, True])
@pytest.mark.parametrize("reduction", ["max", "mean"])
def test_windows_folded_into_the_batch_are_pooled_over_all_of_an_input(
    size: int, reduction: str, *, strided: bool
) -> None:
    model = models.Windows(4, strided=strided)
    recorder = make(
        model, ["block.act", "head"], statistics=Statistics(reduction=reduction), strict=True
    )
    recorder.run(batches(size, ids()), progress=False)
    act = outputs(model, ids())["block.act"]
    if strided:
        parts = act.view(TOKENS // 4, INPUTS, 4, models.WIDTH).transpose(0, 1).flatten(1, 2)
    else:
        parts = act.view(INPUTS, TOKENS, models.WIDTH)
    assert_means(recorder, "block.act", parts.amax(1) if reduction == "max" else parts.mean(1))


def test_rows_of_experts_are_left_out_even_if_there_are_as_many_as_inputs() -> None:
    tokens = torch.randn(INPUTS, 2, models.WIDTH)
    for batch in tokens.split(8):  # in each batch half of the tokens go to either expert
        flat = batch.flatten(0, 1)
        flat[:, 0] = flat[:, 0].abs() * torch.where(torch.rand(16).argsort() < 8, 1, -1)
    recorder = make(models.Experts(), ["experts.0.1", "experts.1.1", "head"])
    told = left_out(recorder, batches(8, tokens))
    assert told.keys() == {"experts.0.1", "experts.1.1"}
    assert "groups=" in told["experts.0.1"]
    assert recorded(recorder) == {"head"}


def test_regions_of_images_are_left_out_even_if_there_are_as_many_as_inputs() -> None:
    images = torch.randn(INPUTS, 1, 8, 8)
    model = models.Regions(1)
    recorder = make(model, ["act", "region", "head"])
    assert left_out(recorder, batches(8, images)).keys() == {"region"}
    assert recorded(recorder) == {"act", "head"}
    assert_means(recorder, "act", outputs(model, images)["act"].amax((2, 3)))


def test_similarities_between_inputs_are_left_out() -> None:
    inputs, model = torch.randn(INPUTS, 4), models.Contrast()
    recorder = make(model, ["body", "similar"])
    assert left_out(recorder, batches(8, inputs)).keys() == {"similar"}
    assert recorded(recorder) == {"body"}
    assert_means(recorder, "body", outputs(model, inputs)["body"])


class Flexible(nn.Module):
    """Attention by an operator of higher order."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.act, self.head = nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, CLASSES)

    def forward(self, tokens: Tensor) -> Tensor:
        h = self.act(self.body(tokens))[:, None]
        return self.head(flex_attention(h, h, h)[:, 0].mean(1))


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
def test_a_model_with_an_operator_of_higher_order_is_recorded_as_any_other() -> None:
    tokens, model = torch.randn(INPUTS, TOKENS, 8), Flexible()
    recorder = make(model, ["act", "head"], strict=True)
    recorder.run(batches(TOKENS, tokens), progress=False)
    assert_means(recorder, "act", outputs(model, tokens)["act"].amax(1))


def graphs(sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
    owner = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    return torch.randn(len(owner), 4), owner


@pytest.mark.parametrize("reduction", ["max", "mean"])
@pytest.mark.parametrize("sizes", [(3, 1, 5, 2), (6, 6, 6, 6), (1, 2, 1, 1)])
def test_nodes_are_pooled_by_graph_where_groups_tell(sizes: Sequence[int], reduction: str) -> None:
    nodes, owner = graphs(sizes)
    model = models.Nodes()
    recorder = make(
        model, ["lin", "act", "head"], statistics=Statistics(reduction=reduction), strict=True
    )
    labels = LABELS[: len(sizes)]
    recorder.run([((nodes, owner), labels)], groups=lambda batch: batch[0][1], progress=False)
    with recorder.observing(labels, groups=owner):
        model(nodes, owner)
    act = outputs(model, nodes, owner)["act"]
    parts = [act[owner == graph] for graph in range(len(sizes))]
    pooled = torch.stack([p.amax(0) if reduction == "max" else p.mean(0) for p in parts])
    record = counted(recorder)["moments", "act"]
    for label in range(CLASSES):
        row = record.subsets.index(f"class:{label}")
        mine = pooled[labels == label].double()
        assert record.inputs[row] == 2 * len(mine)
        np.testing.assert_allclose(record.mean[row], mine.mean(0).numpy(), rtol=1e-5)


@pytest.mark.parametrize("sizes", [(3, 1, 5, 2), (6, 6, 6, 6)])
def test_nodes_are_left_out_where_nothing_tells_whose_they_are(sizes: Sequence[int]) -> None:
    nodes, owner = graphs(sizes)
    recorder = make(models.Nodes(), ["act", "head"])
    told = left_out(recorder, [((nodes, owner), LABELS[: len(sizes)])])
    assert "groups=" in told["act"]
    assert recorded(recorder) == {"head"}


@pytest.mark.parametrize("steps", [7, 10])
@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("way", ["run", "observing"])
def test_an_lstm_with_its_default_axes_says_where_the_inputs_are(
    steps: int, way: str, *, labelled: bool
) -> None:
    inputs, model = torch.randn(steps, 7, 5), models.Tagger()
    recorder = make(model, ["lstm", "head"], task=None, strict=True)
    labels = LABELS[:7] if labelled else None
    if way == "run":
        recorder.run([(inputs, labels) if labelled else inputs], progress=False)
    else:
        with recorder.observing(labels):
            model(inputs)
    plain = outputs(model, inputs)
    for layer, output in (("lstm", plain["lstm"][0]), ("head", plain["head"])):
        record = counted(recorder)["moments", layer]
        assert record.inputs.tolist() == [7]
        np.testing.assert_allclose(record.mean[0], output.amax(0).mean(0).numpy(), rtol=1e-5)


def test_a_layer_before_a_time_first_one_is_recorded_as_soon_as_the_axis_is_known() -> None:
    inputs, model = torch.randn(10, 4, 5), models.Tagger()
    recorder = make(model, ["first", "lstm"], task=None)
    with pytest.warns(RecordingWarning, match="layer first: .*batch_axis"), recorder.observing():
        model(inputs)
    with recorder.observing():
        model(inputs)
    record = counted(recorder)["moments", "first"]
    assert record.inputs.tolist() == [4]
    recorder = make(model, ["first", "lstm"], task=None, strict=True)
    recorder.run([inputs], progress=False)
    assert list(recorder.pipeline.observed.layers) == ["first", "lstm"]
    assert counted(recorder)["moments", "first"].inputs.tolist() == [4]


def test_sequences_of_their_own_lengths_are_pooled_over_their_own_steps() -> None:
    lengths = torch.tensor([8, 2, 5, 1, 7, 3])
    model = models.Packed()
    recorder = make(model, ["lstm", "lstm[1]", "head"], strict=True)
    recorder.run([((ids()[:6], lengths), LABELS[:6])], progress=False)
    with torch.no_grad():
        packed = pack_padded_sequence(
            model.words(ids()[:6]), lengths, batch_first=True, enforce_sorted=False
        )
        padded, _ = pad_packed_sequence(
            model.lstm(packed)[0], batch_first=True, padding_value=-torch.inf
        )
    assert_means(recorder, "lstm", padded.amax(1))
    assert_means(recorder, "lstm[1]", model.lstm(packed)[1][0].amax(0).detach())


@pytest.mark.parametrize("labels", [LABELS[:6], None])
def test_a_model_may_be_called_with_a_packed_sequence(labels: Tensor | None) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.head = nn.LSTM(5, 7), nn.Linear(7, CLASSES)

        def forward(self, packed: Any) -> Tensor:
            return self.head(self.lstm(packed)[1][0][-1])

    lengths = torch.tensor([8, 2, 5, 1, 7, 3])
    packed = pack_padded_sequence(torch.randn(8, 6, 5), lengths, enforce_sorted=False)
    recorder = make(Net(), ["lstm", "head"], task=None, strict=True)
    with recorder.observing(labels):
        recorder.model(packed)
    recorder.run([(packed, labels)] if labels is not None else [(packed, None)], progress=False)
    for layer in ("lstm", "head"):
        assert counted(recorder)["moments", layer].inputs.tolist() == [12]
