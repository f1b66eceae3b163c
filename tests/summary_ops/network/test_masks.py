"""A token mask counts in the layers that have its tokens, and in no others of the same length."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from summary_ops import RecordingWarning
from tests.summary_ops.network import layout_models as models
from tests.summary_ops.network.class_means import (
    INPUTS,
    LABELS,
    TOKENS,
    assert_means,
    assert_overall,
    batches,
    ids,
    make,
    outputs,
    recorded,
)

LENGTHS = torch.arange(INPUTS) % TOKENS + 1
MASK = torch.arange(TOKENS) < LENGTHS[:, None]
OTHER = torch.arange(TOKENS) < LENGTHS.flip(0)[:, None]


def kept(output: Tensor, mask: Tensor | None) -> Tensor:
    """Each unit's largest value at positions that count."""
    return output.amax(1) if mask is None else output.masked_fill(~mask[..., None], -9e9).amax(1)


def with_masks(size: int, **parts: Tensor) -> list[tuple[dict[str, Tensor], Tensor]]:
    return [
        ({name: part[at : at + size] for name, part in parts.items()}, LABELS[at : at + size])
        for at in range(0, INPUTS, size)
    ]


@pytest.mark.parametrize("size", [TOKENS, 5])
def test_a_mask_by_keyword_counts_where_the_models_tokens_are(size: int) -> None:
    model = models.Words(TOKENS)
    recorder = make(model, ["words", "blocks.1", "head"], strict=True)
    recorder.run(with_masks(size, ids=ids(), attention_mask=MASK), progress=False)
    plain = outputs(model, ids(), MASK)
    assert_means(recorder, "blocks.1", kept(plain["blocks.1"], MASK))
    assert_means(recorder, "words", kept(plain["words"], MASK))


class Seq2Seq(nn.Module):
    """PyTorch's encoder and decoder."""

    def __init__(self, *, batch_first: bool) -> None:
        super().__init__()
        self.words = nn.Embedding(models.WORDS, models.WIDTH)
        self.net = nn.Transformer(models.WIDTH, 2, 1, 1, 8, batch_first=batch_first)
        self.after, self.head = nn.ReLU(), nn.Linear(models.WIDTH, models.CLASSES)
        self.batch_first = batch_first

    def forward(self, source: Tensor, output: Tensor, padding: Tensor, outputs: Tensor) -> Tensor:
        h = self.net(
            self.words(source),
            self.words(output),
            src_key_padding_mask=padding,
            tgt_key_padding_mask=outputs,
        )
        return self.head(self.after(h).mean(1 if self.batch_first else 0))


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("size", [TOKENS, 5])
def test_padding_masks_of_pytorch_count_in_their_own_half(size: int, *, batch_first: bool) -> None:
    model = Seq2Seq(batch_first=batch_first)
    source, output = ids(), ids().flip(0)
    axis = 0 if batch_first else 1
    turned = [part if batch_first else part.T.contiguous() for part in (source, output)]
    parts = [*(batches(size, *turned, axis=axis)[k][0] for k in range(-(-INPUTS // size)))]
    loader = [
        ((*part, ~MASK[at : at + size], ~OTHER[at : at + size]), LABELS[at : at + size])
        for part, at in zip(parts, range(0, INPUTS, size), strict=True)
    ]
    layers = ["net.encoder.layers.0.linear1", "net.decoder.layers.0.linear1"]
    recorder = make(model, layers, strict=True)
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        recorder.run(loader, progress=False)
        plain = outputs(model, *turned, ~MASK, ~OTHER)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    for layer, mask in zip(layers, (MASK, OTHER), strict=True):
        values = plain[layer] if batch_first else plain[layer].transpose(0, 1)
        assert_means(recorder, layer, kept(values, mask))


@pytest.mark.parametrize("size", [TOKENS, 5])
@pytest.mark.parametrize("tokens", [TOKENS, TOKENS - 2])
def test_a_given_mask_is_that_of_the_first_input_alone(size: int, tokens: int) -> None:
    model = models.Translator()
    output = ids(tokens).flip(0)
    layers = ["encoder", "encoder.act", "decoder.act", "cross"]
    recorder = make(model, layers, strict=True)
    recorder.run(batches(size, ids(), output), mask=_mask_of, progress=False)
    plain = outputs(model, ids(), output)
    for layer in layers[:2]:
        assert_means(recorder, layer, kept(plain[layer], MASK))
    assert_means(recorder, "decoder.act", kept(plain["decoder.act"], None))


def _mask_of(batch: Any) -> Tensor:
    first = batch[0][0]
    places = [int((ids() == row).all(1).nonzero()[0]) for row in first]
    return MASK[places]


def test_which_tokens_a_mask_is_of_is_open_while_two_inputs_have_as_many() -> None:
    model = models.Translator()
    recorder = make(model, ["encoder.act", "decoder.act", "head"])
    with pytest.warns(RecordingWarning) as told, recorder.observing(LABELS[:5], mask=MASK[:5]):
        model(ids()[:5], ids()[5:10])
    assert all("whether the mask is for this layer" in str(warning.message) for warning in told)
    assert recorded(recorder) == {"head"}
    with recorder.observing(LABELS[:5], mask=MASK[:5]):
        model(ids()[:5], ids(4)[:5])
    act = outputs(model, ids()[:5], ids(4)[:5])
    assert_overall(recorder, "encoder.act", kept(act["encoder.act"], MASK[:5]))
    assert_overall(recorder, "decoder.act", kept(act["decoder.act"], None))


class Latents(nn.Module):
    """Learned queries, as many as there are tokens, that look at the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(models.WORDS, models.WIDTH)
        self.queries = nn.Parameter(torch.randn(TOKENS, models.WIDTH))
        self.mix, self.act = nn.Linear(models.WIDTH, models.WIDTH), nn.GELU()
        self.head = nn.Linear(models.WIDTH, models.CLASSES)

    def forward(self, ids: Tensor, attention_mask: Tensor) -> Tensor:
        h = self.words(ids)
        scores = (self.queries @ h.transpose(1, 2)).masked_fill(~attention_mask[:, None], -1e9)
        return self.head(self.act(self.mix(scores.softmax(2) @ h)).mean(1))


def test_as_many_learned_queries_as_tokens_have_no_mask() -> None:
    model = Latents()
    recorder = make(model, ["words", "act"], strict=True)
    recorder.run(with_masks(5, ids=ids(), attention_mask=MASK), progress=False)
    plain = outputs(model, ids(), MASK)
    assert_means(recorder, "words", kept(plain["words"], MASK))
    assert_means(recorder, "act", kept(plain["act"], None))


class Rounded(nn.Module):
    """Pads its tokens to a multiple of four."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.act = nn.Embedding(models.WORDS, models.WIDTH), nn.GELU()
        self.head = nn.Linear(models.WIDTH, models.CLASSES)

    def forward(self, ids: Tensor, attention_mask: Tensor) -> Tensor:
        more = -ids.shape[1] % 4
        ids, kept = (nn.functional.pad(part, (0, more)) for part in (ids, attention_mask))
        return self.head((self.act(self.words(ids)) * kept[..., None]).mean(1))


def test_tokens_padded_to_a_multiple_have_their_mask() -> None:
    model = Rounded()
    recorder = make(model, ["act"], strict=True)
    recorder.run(with_masks(5, ids=ids(), attention_mask=MASK), progress=False)
    assert_means(recorder, "act", kept(outputs(model, ids(), MASK)["act"], MASK))


class Segments(nn.Module):
    """Tokens and the segment of each."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.segments = (nn.Embedding(models.WORDS, models.WIDTH) for _ in range(2))
        self.act, self.head = nn.GELU(), nn.Linear(models.WIDTH, models.CLASSES)

    def forward(self, ids: Tensor, kinds: Tensor) -> Tensor:
        return self.head(self.act(self.words(ids) + self.segments(kinds)).mean(1))


def test_inputs_that_belong_to_the_same_tokens_share_their_mask() -> None:
    model, kinds = Segments(), ids().flip(0) % 2
    recorder = make(model, ["act"], strict=True)
    recorder.run(batches(5, ids(), kinds), mask=_mask_of, progress=False)
    assert_means(recorder, "act", kept(outputs(model, ids(), kinds)["act"], MASK))


def test_a_mask_of_another_length_is_no_problem_of_a_layer() -> None:
    model = models.Translator()
    recorder = make(model, ["encoder.act", "decoder.act"], strict=True)
    recorder.run(batches(5, ids(), ids(3)), mask=_mask_of, progress=False)
    assert not recorder.problems.found


def test_windows_that_hold_all_tokens_of_an_input_have_its_mask() -> None:
    flat = models.Windows(1, strided=False)
    recorder = make(flat, ["block.act"])
    recorder.run(batches(5, ids()), mask=_mask_of, progress=False)
    act = outputs(flat, ids())["block.act"].view(INPUTS, TOKENS, models.WIDTH)
    assert_means(recorder, "block.act", kept(act, MASK))
