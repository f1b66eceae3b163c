"""Class means of Hugging Face models, also where there are as many inputs as tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from summary_ops import Recorder, RecordingWarning
from summary_ops.streaming import writing

transformers = pytest.importorskip("transformers", reason="make test-integrations installs it")

WORDS, TOKENS, INPUTS, CLASSES = 50, 16, 48, 4
LABELS = torch.arange(INPUTS) % CLASSES
SIZES = {"width": 24, "layers": 2, "heads": 3, "inner": 40}


def ids(tokens: int = TOKENS, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randint(3, WORDS - 1, (INPUTS, tokens), generator=random)


def padded(tokens: int = TOKENS, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, tokens + 1, (INPUTS, 1), generator=random)
    return (torch.arange(tokens) < lengths).long()


def bert() -> Any:
    config = transformers.BertConfig(
        vocab_size=WORDS, hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=40, num_labels=CLASSES,
    )  # fmt: skip
    return transformers.BertForSequenceClassification(config), "bert.encoder.layer.1"


def distilbert() -> Any:
    config = transformers.DistilBertConfig(
        vocab_size=WORDS, dim=24, n_layers=2, n_heads=3, hidden_dim=40, num_labels=CLASSES
    )
    model = transformers.DistilBertForSequenceClassification(config)
    return model, "distilbert.transformer.layer.1"


def gpt2() -> Any:
    config = transformers.GPT2Config(
        vocab_size=WORDS, n_embd=24, n_layer=2, n_head=3, n_positions=TOKENS,
        num_labels=CLASSES, pad_token_id=0,
    )  # fmt: skip
    return transformers.GPT2ForSequenceClassification(config), "transformer.h.1"


def llama() -> Any:
    config = transformers.LlamaConfig(
        vocab_size=WORDS, hidden_size=24, intermediate_size=40, num_hidden_layers=2,
        num_attention_heads=3, num_key_value_heads=3, num_labels=CLASSES, pad_token_id=0,
    )  # fmt: skip
    return transformers.LlamaForSequenceClassification(config), "model.layers.1"


MODELS = [bert, distilbert, gpt2, llama]


def hooked(model: Any, layers: list[str], **inputs: Tensor) -> dict[str, Tensor]:
    """First outputs of modules in one pass over all inputs."""
    found: dict[str, Tensor] = {}

    def keep(name: str, output: Any) -> None:
        found[name] = output[0] if isinstance(output, tuple) else output

    modules = dict(model.named_modules())
    handles = [
        modules[name].register_forward_hook(lambda _m, _a, out, name=name: keep(name, out))
        for name in layers
    ]
    with torch.no_grad():
        model.eval()(**inputs)
    for handle in handles:
        handle.remove()
    return found


def means(recorder: Recorder, layer: str) -> np.ndarray[Any, Any]:
    """Recorded class means `[classes, units]`."""
    found = {(r.kind, name): r for name, r in writing.to_records(recorder.pipeline.accumulator)}
    record: Any = found["moments", layer]
    rows = [record.subsets.index(f"class:{label}") for label in range(CLASSES)]
    assert record.inputs[rows].sum() == INPUTS
    return np.asarray(record.mean[rows])


def expected(output: Tensor, mask: Tensor | None = None) -> np.ndarray[Any, Any]:
    if mask is not None:
        output = output.masked_fill(mask[..., None] == 0, -torch.inf)
    pooled = output.flatten(1, -2).amax(1).double()
    return torch.stack([pooled[label == LABELS].mean(0) for label in range(CLASSES)]).numpy()


def batches(size: int, **inputs: Tensor) -> list[tuple[dict[str, Tensor], Tensor]]:
    return [
        ({name: part[at : at + size] for name, part in inputs.items()}, LABELS[at : at + size])
        for at in range(0, INPUTS, size)
    ]


def record(model: Any, layers: list[str], size: int, **inputs: Tensor) -> Recorder:
    recorder = Recorder(
        model, layers=layers, graph=None, verbose=False, strict=True, output="logits"
    )
    recorder.run(batches(size, **inputs), progress=False)
    return recorder


@pytest.mark.parametrize("size", [TOKENS, 7, 32])
@pytest.mark.parametrize("make", MODELS)
def test_as_many_inputs_as_tokens_make_no_difference(make: Callable[[], Any], size: int) -> None:
    torch.manual_seed(0)
    model, layer = make()
    recorder = record(model, [layer], size, input_ids=ids())
    own = hooked(model, [layer], input_ids=ids())[layer]
    np.testing.assert_allclose(means(recorder, layer), expected(own), atol=1e-5)


@pytest.mark.parametrize("make", MODELS[:2])
def test_padding_does_not_count(make: Callable[[], Any]) -> None:
    torch.manual_seed(0)
    model, layer = make()
    inputs = {"input_ids": ids(), "attention_mask": padded()}
    recorder = record(model, [layer], TOKENS, **inputs)
    own = hooked(model, [layer], **inputs)[layer]
    np.testing.assert_allclose(
        means(recorder, layer), expected(own, inputs["attention_mask"]), atol=1e-5
    )


def bart() -> Any:
    config = transformers.BartConfig(
        vocab_size=WORDS, d_model=24, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=3, decoder_attention_heads=3, encoder_ffn_dim=40,
        decoder_ffn_dim=40, max_position_embeddings=TOKENS,
    )  # fmt: skip
    model = transformers.BartForConditionalGeneration(config)
    return model, "model.encoder.layers.0", "model.decoder.layers.0"


def t5() -> Any:
    config = transformers.T5Config(
        vocab_size=WORDS, d_model=24, d_kv=8, d_ff=40, num_layers=1, num_decoder_layers=1,
        num_heads=3, decoder_start_token_id=0,
    )  # fmt: skip
    model = transformers.T5ForConditionalGeneration(config)
    return model, "encoder.block.0", "decoder.block.0"


@pytest.mark.parametrize("size", [TOKENS, 7])
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("make", [bart, t5])
def test_masks_of_an_encoder_and_a_decoder_count_in_their_own_layers(
    make: Callable[[], Any], size: int, *, masked: bool
) -> None:
    torch.manual_seed(0)
    model, encoder, decoder = make()
    inputs = {
        "input_ids": ids(),
        "attention_mask": padded(),
        "decoder_input_ids": ids(seed=1),
    }
    if masked:
        inputs["decoder_attention_mask"] = padded(seed=1)
    recorder = Recorder(
        model, task=None, layers=[encoder, decoder], graph=None, verbose=False, strict=True
    )
    for batch, _ in batches(size, **inputs):
        recorder.run([batch], progress=False)
    own = hooked(model, [encoder, decoder], **inputs)
    found = {(r.kind, name): r for name, r in writing.to_records(recorder.pipeline.accumulator)}
    masks = {encoder: inputs["attention_mask"], decoder: inputs.get("decoder_attention_mask")}
    for layer, mask in masks.items():
        got: Any = found["moments", layer]
        assert got.inputs.tolist() == [INPUTS]
        output = own[layer]
        if mask is not None:
            output = output.masked_fill(mask[..., None] == 0, -torch.inf)
        np.testing.assert_allclose(got.mean[0], output.amax(1).double().mean(0), atol=1e-5)


@pytest.mark.parametrize("size", [4, 7, 16])
def test_windows_of_a_swin_transformer_are_pooled_over_all_of_an_image(size: int) -> None:
    torch.manual_seed(0)
    config = transformers.SwinConfig(
        image_size=16, patch_size=2, embed_dim=12, depths=[2], num_heads=[2], window_size=2,
        num_labels=CLASSES,
    )  # fmt: skip
    model = transformers.SwinForImageClassification(config)
    block = "swin.encoder.layers.0.blocks.1"
    names = [name for name, _ in model.named_modules() if name.startswith(block)]
    inner = next(name for name in names if name.endswith(("self.query", "q_proj", "query")))
    images = torch.randn(INPUTS, 3, 16, 16)
    recorder = record(model, [block, inner], size, pixel_values=images)
    own = hooked(model, [block, inner], pixel_values=images)
    np.testing.assert_allclose(means(recorder, block), expected(own[block]), atol=1e-5)
    windows = own[inner].reshape(INPUTS, -1, own[inner].shape[-1])
    np.testing.assert_allclose(means(recorder, inner), expected(windows), atol=1e-5)


@pytest.mark.parametrize("size", [TOKENS, 7])
def test_tokens_of_experts_are_left_out(size: int) -> None:
    torch.manual_seed(0)
    config = transformers.MixtralConfig(
        vocab_size=WORDS, hidden_size=24, intermediate_size=40, num_hidden_layers=1,
        num_attention_heads=3, num_key_value_heads=3, num_local_experts=4, num_labels=CLASSES,
        pad_token_id=0,
    )  # fmt: skip
    model = transformers.MixtralForSequenceClassification(config)
    layer = "model.layers.0"
    experts = [name for name, _ in model.named_modules() if name.endswith(".act_fn")]
    recorder = Recorder(model, layers=[layer, *experts], graph=None, verbose=False, output="logits")
    with pytest.warns(RecordingWarning):
        recorder.run(batches(size, input_ids=ids()), progress=False)
    own = hooked(model, [layer], input_ids=ids())[layer]
    np.testing.assert_allclose(means(recorder, layer), expected(own), atol=1e-5)
    assert {
        name for name in recorder.pipeline.observed.layers if name.startswith(tuple(experts))
    } == set()


@pytest.mark.parametrize("size", [TOKENS, 7])
def test_the_text_tower_of_clip(size: int) -> None:
    torch.manual_seed(0)
    config = transformers.CLIPTextConfig(
        vocab_size=WORDS, hidden_size=24, intermediate_size=40, num_hidden_layers=1,
        num_attention_heads=3, max_position_embeddings=TOKENS, projection_dim=8,
        eos_token_id=WORDS - 1, bos_token_id=0, pad_token_id=1,
    )  # fmt: skip
    model = transformers.CLIPTextModelWithProjection(config)
    layer = next(name for name, _ in model.named_modules() if name.endswith("encoder.layers.0"))
    words = ids()
    words[:, -1] = WORDS - 1
    recorder = Recorder(
        model, layers=[layer], graph=None, verbose=False, strict=True, output="text_embeds",
        task=None,
    )  # fmt: skip
    for batch, _ in batches(size, input_ids=words):
        recorder.run([batch], progress=False)
    own = hooked(model, [layer], input_ids=words)[layer]
    found: Any = {
        (r.kind, name): r for name, r in writing.to_records(recorder.pipeline.accumulator)
    }
    mean = found["moments", layer].mean[0]
    np.testing.assert_allclose(mean, own.amax(1).double().mean(0), atol=1e-5)
