"""Models and loops as people have them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from summary_ops import ProbeSet, Recorder, RecordingWarning


class ChannelsFirstNorm(nn.LayerNorm):
    """As torchvision's and timm's: a norm over channels that permutes inside."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels, 3, padding=1)
        self.gate = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.convolution(x)
        return x * self.gate(x.mean((2, 3))).sigmoid()[:, :, None, None]


class Sequences(nn.Module):
    """Sequence first, with a dense layer beside the recurrent one."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 6)
        self.fc = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.lstm(x)[0])


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.fc = nn.Linear(8, 5)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        del attention_mask
        return self.fc(self.embedding(input_ids))


def pooled(model: nn.Module, *inputs: Tensor, **options: object) -> dict[str, Tensor]:
    """What the hooks keep of one forward pass, without labels."""
    recorder = Recorder(model, task=None, verbose=False, **options)
    seen: dict[str, Tensor] = {}
    recorder.pipeline.accumulator.add = lambda batch: seen.update(batch.pooled)
    with recorder.observing():
        model(*inputs)
    return seen


@pytest.mark.parametrize("norm", [nn.LayerNorm([16, 8, 8]), ChannelsFirstNorm(16)])
def test_units_of_a_convolutional_layer_norm_are_its_channels(norm):
    model = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), norm, nn.ReLU())
    images = torch.randn(4, 3, 8, 8)
    seen = pooled(model, images, layers=["1", "2"])
    torch.testing.assert_close(seen["1"], model[:2](images).amax((2, 3)))
    torch.testing.assert_close(seen["2"], model(images).amax((2, 3)))


def test_a_gated_block_as_wide_as_its_picture_has_its_channels_as_units():
    model = nn.Sequential(SqueezeExcite(8), SqueezeExcite(8))
    images = torch.randn(4, 8, 8, 8)
    seen = pooled(model, images)
    torch.testing.assert_close(seen["1"], model(images).amax((2, 3)))


def test_a_dense_layer_beside_a_recurrent_one_keeps_its_batch_axis():
    model, steps = Sequences(), torch.randn(5, 5, 4)
    seen = pooled(model, steps, layers=["fc"])
    torch.testing.assert_close(seen["fc"], model(steps).amax(0))


def test_padding_of_a_keyword_mask_never_counts():
    model = Tokens()
    ids = torch.randint(0, 20, (6, 7))
    mask = (torch.arange(7) < torch.tensor([7, 1, 3, 5, 2, 4])[:, None]).long()
    recorder = Recorder(model, task=None, layers=["fc"], verbose=False)
    seen: dict[str, Tensor] = {}
    recorder.pipeline.accumulator.add = lambda batch: seen.update(batch.pooled)
    with recorder.observing():
        output = model(input_ids=ids, attention_mask=mask)
    expected = output.masked_fill(mask[:, :, None] == 0, -torch.inf).amax(1)
    torch.testing.assert_close(seen["fc"], expected)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors:UserWarning")
def test_the_fast_path_of_a_transformer_with_a_padding_mask_is_recorded():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.TransformerEncoder(layer, 2).eval()
    tokens = torch.randn(4, 6, 8)
    padding = torch.arange(6) >= torch.tensor([6, 2, 4, 3])[:, None]
    recorder = Recorder(model, task=None, layers=["layers.0", "layers.1"], verbose=False)
    seen: dict[str, Tensor] = {}
    recorder.pipeline.accumulator.add = lambda batch: seen.update(batch.pooled)
    with torch.no_grad(), recorder.observing(mask=~padding):
        output = model(tokens, src_key_padding_mask=padding)
    expected = output.masked_fill(padding[:, :, None], -torch.inf).amax(1)
    torch.testing.assert_close(seen["layers.1"], expected, rtol=1e-4, atol=1e-5)


def test_soft_labels_are_told_and_not_truncated():
    model = nn.Linear(4, 1)
    recorder = Recorder(model, task="binary", verbose=False)
    with pytest.warns(RecordingWarning, match="soft labels"), recorder.observing([0.95, 0.05]):
        model(torch.randn(2, 4))
    recorder.pipeline.accumulator.flush()
    assert "unlabelled" in recorder.pipeline.accumulator.keys.names


def test_a_binary_probe_set_takes_the_labels_that_a_recorder_takes():
    assert ProbeSet(torch.randn(3, 4), torch.tensor([[1.0], [0.0], [1.0]])).labels == (1, 0, 1)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_single_logit_is_known_to_be_the_output(task):
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
    recorder = Recorder(model, task=task, verbose=False)
    with recorder.observing(torch.ones(8)):
        model(torch.randn(8, 4))
    assert [layer.name for layer in recorder.pipeline.observed.layers.values() if layer.output] == [
        "2"
    ]


@pytest.mark.parametrize(
    "classes", [np.array(["a", "b"]), {1: "b", 0: "a"}, {"0": "a", "1": "b"}, ("a", "b")]
)
def test_class_names_come_in_many_shapes(classes):
    assert Recorder(nn.Linear(2, 2), classes=classes).pipeline.network.classes == ("a", "b")


@pytest.mark.parametrize("classes", ["ab", 2])
def test_what_are_no_class_names_is_refused(classes):
    with pytest.raises(TypeError, match="expected names by index"):
        Recorder(nn.Linear(2, 2), classes=classes)


def test_class_indices_with_a_gap_are_refused():
    with pytest.raises(ValueError, match=r"indices \[0, 2\], expected 0, 1, 2"):
        Recorder(nn.Linear(2, 2), classes={0: "a", 2: "c"})


def test_a_model_with_lasting_hooks_can_be_copied_and_pickled():
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    recorder = Recorder(model, task=None, compiled=True, verbose=False)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):  # noqa: S301
        inputs = torch.randn(2, 4)
        with recorder.observing():
            torch.testing.assert_close(other(inputs), nn.Sequential.forward(model, inputs))
    recorder.close()


def test_a_torchscript_model_is_refused_with_advice():
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        script = torch.jit.script(nn.Linear(2, 2))
    with pytest.raises(TypeError, match="record the model that it was made from"):
        Recorder(script)
