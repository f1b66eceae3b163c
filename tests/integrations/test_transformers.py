"""A Hugging Face BERT, with padding, fed dict batches and returning a dataclass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from event_files import records_in
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Recorder

transformers = pytest.importorskip("transformers", reason="make test-integrations installs it")

CLASSES = ["question", "statement", "order"]
SENTENCES, TOKENS, BATCH = 48, 12, 16


@pytest.fixture
def bert() -> Any:
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=60,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=40,
        max_position_embeddings=TOKENS,
        num_labels=len(CLASSES),
    )
    return transformers.BertForSequenceClassification(config).eval()


@pytest.fixture
def sentences() -> dict[str, Tensor]:
    """Token sequences of 3 to 12 tokens, padded with arbitrary ones."""
    random = torch.Generator().manual_seed(1)
    lengths = torch.randint(3, TOKENS + 1, (SENTENCES, 1), generator=random)
    return {
        "input_ids": torch.randint(60, (SENTENCES, TOKENS), generator=random),
        "attention_mask": (torch.arange(TOKENS) < lengths).long(),
        "labels": torch.randint(len(CLASSES), (SENTENCES,), generator=random),
    }


def test_only_real_tokens_of_a_bert_are_recorded(
    bert: Any,
    sentences: dict[str, Tensor],
    tmp_path: Path,
) -> None:
    recorder = Recorder(bert, classes=CLASSES, output="logits", strict=True)
    batches = [
        {name: values[at : at + BATCH] for name, values in sentences.items()}
        for at in range(0, SENTENCES, BATCH)
    ]
    recorder.run(batches)
    with SummaryWriter(str(tmp_path)) as writer:
        assert recorder.write(writer, 0)
    records = records_in(tmp_path)

    with torch.inference_mode():
        answer = bert(**sentences, output_hidden_states=True)
    labels = sentences["labels"].numpy()
    padding = ~sentences["attention_mask"].bool()[..., None]
    for block in range(2):
        moments = records[0, "moments", f"bert.encoder.layer.{block}"]
        tokens = answer.hidden_states[block + 1].masked_fill(padding, torch.nan)
        average = tokens.nanmean(1).double().numpy()  # blocks write to a signed stream
        for label in range(len(CLASSES)):
            row = moments.subsets.index(f"class:{label}")
            expected = average[labels == label]
            assert moments.inputs[row] == len(expected)
            np.testing.assert_allclose(moments.mean[row], expected.mean(0), rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(moments.std[row], expected.std(0), rtol=1e-4, atol=1e-5)

    metrics = records[0, "class_metrics", ""]
    predicted = answer.logits.argmax(1).numpy()
    confusion = np.zeros((len(CLASSES), len(CLASSES)), int)
    np.add.at(confusion, (labels, predicted), 1)
    np.testing.assert_array_equal(metrics.confusion, confusion)
