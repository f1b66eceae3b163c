"""Containers of other libraries are taken apart and put together as our own are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from event_files import records_in
from torch import nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder
from summary_ops.data import trees

transformers = pytest.importorskip("transformers", reason="make test-integrations installs it")


def test_outputs_of_transformers_keep_their_type() -> None:
    logits, states = torch.zeros(2, 3), (torch.ones(2, 4), torch.ones(2, 4))
    output = transformers.modeling_outputs.SequenceClassifierOutput(
        logits=logits, hidden_states=states
    )
    assert [tensor.sum().item() for tensor in trees.tensors(output)] == [0, 8, 8]
    new = trees.map_tensors(lambda tensor: tensor + 1, output)
    assert type(new) is type(output)
    assert new.logits.sum() == 6
    assert new["hidden_states"][1].sum() == 16
    assert output.logits.sum() == 0
    assert trees.part(output, "logits") is logits


def test_batch_encodings_reach_the_model_and_the_probe_set(tmp_path: Path) -> None:
    config = transformers.BertConfig(
        vocab_size=40,
        hidden_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=3,
    )
    torch.manual_seed(0)
    model: nn.Module = transformers.BertForSequenceClassification(config).eval()
    ids = torch.randint(3, 40, (20, 7))
    inputs = transformers.BatchEncoding({"input_ids": ids, "attention_mask": torch.ones_like(ids)})
    labels = torch.arange(20) % 3
    recorder = Recorder(model, probe=ProbeSet(inputs, labels), verbose=False, strict=True)
    recorder.run([(inputs, labels)], progress=False)
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write(writer, 0)
    found = records_in(tmp_path)
    with torch.no_grad():
        expected = model(**inputs).logits
    activations = found[0, "probe_activations", "classifier"]
    step = float(activations.scale.max())
    assert activations.values() == pytest.approx(expected.numpy(), abs=step)
    right = int((expected.argmax(1) == labels).sum())
    assert found[0, "class_metrics", ""].correct.sum() == right
