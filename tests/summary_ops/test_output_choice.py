"""Which part of an output is the prediction, and which layer makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from networks import digits
from sklearn.metrics import confusion_matrix
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import counted

from summary_ops import Recorder

IMAGES, DIGITS = (part[:120] for part in digits())
NAMES = [str(digit) for digit in range(10)]


class Pair(NamedTuple):
    policy: Tensor
    value: Tensor


class Trunk(nn.Module):
    """A trunk with several heads, which are combined by a function."""

    def __init__(self, combine: Callable[..., Any], **heads: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.trunk = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU())
        for name, outputs in heads.items():
            self.add_module(name, nn.Linear(16, outputs))
        self.heads, self.combine = list(heads), combine

    def forward(self, images: Tensor) -> Any:
        hidden = self.trunk(images)
        return self.combine(*(getattr(self, name)(hidden) for name in self.heads))


def output_layers(recorder: Recorder) -> list[str]:
    return [layer.name for layer in recorder.pipeline.step_records.about.layers if layer.output]


CASES = {  # what is returned, the heads, which is chosen, and the layer that makes it
    "heads of two tasks": (
        lambda kind, age: {"kind": kind, "age": age}, {"kind": 10, "age": 1}, "kind", "kind",
    ),
    "the other of two tasks": (
        lambda age, kind: {"age": age, "kind": kind}, {"age": 1, "kind": 10}, "kind", "kind",
    ),
    "actor and critic": (lambda a, c: (a, c), {"actor": 10, "critic": 1}, 0, "actor"),
    "named tuple": (Pair, {"actor": 10, "critic": 1}, "policy", "actor"),
    "known by its shape": (lambda c, a: (c, a), {"critic": 1, "actor": 10}, None, "actor"),
    "logits": (lambda a, b: {"a": a, "logits": b}, {"a": 10, "b": 10}, None, "b"),
    "distilled": (lambda a, b: (a + b) / 2, {"a": 10, "b": 10}, None, None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("way", ["run", "observing"])
def test_the_layer_that_makes_the_chosen_prediction_is_the_output_layer(
    case: str, way: str
) -> None:
    combine, heads, output, layer = CASES[case]
    model = Trunk(combine, **heads).eval()
    recorder = Recorder(model, output=output, classes=NAMES, verbose=False, strict=True)
    if way == "run":
        recorder.run([(IMAGES, DIGITS)], progress=False)
    else:
        with recorder.observing(DIGITS):
            model(IMAGES)
    assert output_layers(recorder) == ([layer] if layer else [])
    with torch.no_grad():
        hidden = model.trunk(IMAGES)
        expected = getattr(model, layer)(hidden) if layer else model(IMAGES)
    matrix = confusion_matrix(DIGITS, expected.argmax(1), labels=range(10))
    np.testing.assert_array_equal(counted(recorder)["class_metrics", ""].confusion, matrix)


AMBIGUOUS = {
    "two of one shape": (
        lambda a, b: {"start_logits": a, "end_logits": b},
        {"start": 10, "end": 10},
        r"dict with 2 tensors .*\[120, 10\], \[120, 10\]; .*'start_logits', 'end_logits'",
    ),
    "a tuple": (lambda a, b: (a, b), {"a": 10, "b": 10}, "tuple with 2 tensors .*one of 0, 1"),
    "none of the classes' number": (
        lambda a, b: (a, b), {"a": 4, "b": 3}, "tuple with 2 tensors",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_of_several_that_may_be_the_prediction_none_is_chosen_silently(
    case: str, writer: SummaryWriter
) -> None:
    combine, heads, message = AMBIGUOUS[case]
    model = Trunk(combine, **heads).eval()
    with pytest.raises(ValueError, match=message):
        Recorder(model, classes=NAMES, verbose=False).run([(IMAGES, DIGITS)], progress=False)
    recorder = Recorder(model, classes=NAMES, verbose=False)
    with (
        pytest.warns(UserWarning, match=f"predictions: .*{message}"),
        recorder.observing(DIGITS),
    ):
        model(IMAGES)
    assert ("class_metrics", "") not in counted(recorder)
    assert recorder.write(writer, 0)


def test_without_class_names_shapes_do_not_tell_classes_from_features() -> None:
    model = Trunk(lambda a, b: (a, b), logits=10, features=6).eval()
    with pytest.raises(ValueError, match="tuple with 2 tensors"):
        Recorder(model, verbose=False).run([(IMAGES, DIGITS)], progress=False)


def test_without_a_task_outputs_may_be_anything() -> None:
    model = Trunk(lambda a, b: {"x": a, "y": b}, a=3, b=3).eval()
    recorder = Recorder(model, task=None, verbose=False, strict=True)
    recorder.run([(IMAGES, {"of": "several"})], progress=False)
    assert counted(recorder)["histograms", "a"].inputs.tolist() == [120]


def test_classes_that_contradict_a_binary_task_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="task 'binary' has 2 classes, not 3"):
        Recorder(nn.Linear(4, 1), task="binary", classes=["a", "b", "c"])
