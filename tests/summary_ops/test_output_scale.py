"""Predictions that hold probabilities are used as such, and nothing is guessed.

What is recorded is compared with NumPy on what a plain forward pass returns.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from networks import digits
from sklearn.metrics import confusion_matrix
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import counted, problems, written

from summary_ops import ProbeSet, Recorder, Statistics
from summary_ops.network.model.output_scale import OutputScale, Scale
from summary_ops.problems import RecordingWarning

IMAGES, DIGITS = (part[:200] for part in digits())
LARGE = (DIGITS > 4).long()
SEVERAL = torch.stack((DIGITS % 2, LARGE, DIGITS % 3 // 2), 1)


class Head(nn.Module):
    """A linear network whose last operation is given."""

    def __init__(self, outputs: int, last: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, outputs))
        nn.init.normal_(self.body[1].weight, std=0.4)
        self.last = last

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.body(images))


def own_softmax(values: Tensor) -> Tensor:
    """Nothing in it is called softmax."""
    rows = values.exp()
    return rows / rows.sum(1, keepdim=True)


MULTICLASS = {
    "module": nn.Softmax(dim=1),
    "function": lambda x: x.softmax(-1),
    "with temperature, cut": lambda x: torch.softmax(x / 2, 1)[:, :10].contiguous(),
    "half precision": lambda x: x.half().softmax(1),
    "exponential of logarithms": lambda x: x.log_softmax(1).exp(),
    "mean over crops": lambda x: torch.stack((x, x / 2)).softmax(-1).mean(0),
    "clamped": lambda x: x.softmax(1).clamp(1e-7, 1),
}
LOGITS = {
    "linear": lambda x: x,
    "log-softmax": lambda x: x.log_softmax(1),
    "scaled": lambda x: 3 * x,
    "logarithm of a softmax": lambda x: x.softmax(1).log(),
    "gated": lambda x: x * x.sigmoid(),
}


def recorded(model: nn.Module, labels: Tensor, task: str, way: str, **options: Any) -> Any:
    recorder = Recorder(model, task=task, verbose=False, strict=True, **options)
    model.train(way == "training")
    feed(recorder, model, labels, way)
    return counted(recorder)["class_metrics", ""]


def feed(recorder: Recorder, model: nn.Module, labels: Tensor, way: str) -> None:
    if way == "run":
        recorder.run([(IMAGES, labels)], progress=False)
    else:
        with recorder.observing(labels):
            model(IMAGES)


def assert_classes(found: Any, labels: Tensor, chances: Tensor) -> None:
    chances = chances.detach().double()
    guess = chances.argmax(1)
    matrix = confusion_matrix(labels, guess, labels=range(chances.shape[1]))
    np.testing.assert_array_equal(found.confusion, matrix)
    largest = chances.amax(1).numpy()
    for label in labels.unique().tolist():
        expected = np.histogram(largest[labels == label], 20, (0, 1))[0]
        assert np.abs(found.probability[label].astype(int) - expected).sum() <= 2


@pytest.mark.parametrize("way", ["run", "training"])
@pytest.mark.parametrize("last", MULTICLASS)
def test_a_softmax_at_the_end_is_not_taken_twice(last: str, way: str) -> None:
    model = Head(10, MULTICLASS[last])
    assert_classes(recorded(model, DIGITS, "multiclass", way), DIGITS, model(IMAGES))


@pytest.mark.parametrize("way", ["run", "training"])
@pytest.mark.parametrize("last", LOGITS)
def test_logits_and_logarithms_of_probabilities_are_taken_once(last: str, way: str) -> None:
    model = Head(10, LOGITS[last])
    found = recorded(model, DIGITS, "multiclass", way)
    assert_classes(found, DIGITS, model(IMAGES).softmax(1))


@pytest.mark.parametrize("way", ["run", "training"])
@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
@pytest.mark.parametrize(
    "last", [nn.Sigmoid(), torch.sigmoid, nn.Identity()], ids=["module", "function", "no sigmoid"]
)
def test_a_binary_output_is_a_probability_after_a_sigmoid_alone(
    last: Any, shape: tuple[int, ...], way: str
) -> None:
    model = Head(1, lambda x: last(x).reshape(shape))
    found = recorded(model, LARGE, "binary", way)
    chance = model.body(IMAGES).sigmoid()
    assert_classes(found, LARGE, torch.cat((1 - chance, chance), 1))


@pytest.mark.parametrize("way", ["run", "training"])
def test_of_several_labels_those_above_a_half_are_predicted(way: str) -> None:
    model = Head(3, nn.Sigmoid())
    found = recorded(model, SEVERAL, "multilabel", way)
    guess = (model(IMAGES) > 0.5).numpy()
    np.testing.assert_array_equal(found.predicted, guess.sum(0))
    np.testing.assert_array_equal(found.correct, (guess & (SEVERAL.numpy() > 0)).sum(0))


def test_probabilities_of_the_probe_set_are_those_of_the_model(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    model = Head(10, nn.Softmax(dim=1))
    recorder = Recorder(model, probe=ProbeSet(IMAGES[:50]), verbose=False, strict=True)
    recorder.write_probe(writer, 0)
    writer.flush()
    found = written(tmp_path / "run")["probe_predictions", "", 0]
    expected = model(IMAGES[:50]).detach().sort(1, descending=True).values
    np.testing.assert_allclose(found.probability, expected, rtol=1e-5, atol=1e-7)
    margins = expected.log()[:, 0] - expected.log()[:, 1]
    np.testing.assert_allclose(found.margin, margins, rtol=1e-4, atol=1e-4)
    assert np.isnan(found.energy).all()


@pytest.mark.filterwarnings("ignore:not recorded. importance")
@pytest.mark.parametrize("way", ["run", "training"])
def test_what_may_be_either_is_reported_with_the_argument_and_left_out(way: str) -> None:
    model = Head(10, own_softmax)
    recorder = Recorder(model, verbose=False)
    with pytest.warns(RecordingWarning, match=r"Statistics\(output_scale='probabilities'\), or"):
        feed(recorder, model, DIGITS, way)
    found = counted(recorder)
    assert ("class_metrics", "") not in found
    assert found["histograms", "body.1"].inputs.sum() == 200


def test_the_probe_set_has_no_predictions_while_it_is_not_known_what_they_are(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    recorder = Recorder(Head(10, own_softmax), probe=ProbeSet(IMAGES[:50]), verbose=False)
    with pytest.warns(RecordingWarning, match="output_scale="):
        recorder.write_probe(writer, 0)
    writer.flush()
    assert np.isnan(written(tmp_path / "run")["probe_predictions", "", 0].probability).all()
    assert problems(tmp_path / "run").keys() == {"predictions"}


@pytest.mark.parametrize("scale", ["probabilities", "logits"])
def test_what_is_stated_is_believed(scale: str) -> None:
    model = Head(10, own_softmax)
    found = recorded(model, DIGITS, "multiclass", "run", statistics=Statistics(output_scale=scale))
    values = model(IMAGES)
    assert_classes(found, DIGITS, values if scale == "probabilities" else values.softmax(1))


def test_a_batch_outside_0_to_1_settles_what_earlier_ones_left_open() -> None:
    task, scale = (
        Recorder(Head(2, nn.Identity()), verbose=False).pipeline.network.task,
        OutputScale(),
    )
    with pytest.raises(ValueError, match="may be logits or probabilities"):
        scale.logits(torch.tensor([[0.25, 0.75]]), task, training=False)
    outside = torch.tensor([[0.25, 2.0]])
    assert scale.logits(outside, task, training=False) is outside
    assert scale.of(training=False) is Scale.LOGITS
    assert scale.of(training=True) is None


class Either(Head):
    """Probabilities in evaluation, logits for the loss in training."""

    def forward(self, images: Tensor) -> Tensor:
        values = self.body(images)
        return values if self.training else values.softmax(1)


def test_training_and_evaluation_may_differ() -> None:
    model = Either(10, nn.Identity())
    recorder = Recorder(model, verbose=False, strict=True)
    recorder.run([(IMAGES, DIGITS)], progress=False)
    with recorder.observing(DIGITS):
        model.train()(IMAGES)
    found = counted(recorder)["class_metrics", ""]
    guess = model.body(IMAGES).argmax(1)
    np.testing.assert_array_equal(found.confusion, 2 * confusion_matrix(DIGITS, guess))
    assert recorder.pipeline.network.scale.of(training=False) is Scale.PROBABILITIES
    assert recorder.pipeline.network.scale.of(training=True) is Scale.LOGITS


def test_a_function_that_chooses_the_output_may_make_probabilities() -> None:
    model = Head(10, nn.Identity())
    found = recorded(model, DIGITS, "multiclass", "run", output=lambda x: x.softmax(1))
    assert_classes(found, DIGITS, model(IMAGES).softmax(1))


def test_regression_outputs_between_0_and_1_are_numbers() -> None:
    model = Head(1, nn.Sigmoid())
    targets = DIGITS / 9
    found = recorded(model, targets, "regression", "run")
    error = (model(IMAGES)[:, 0].double() - targets).detach().abs()
    np.testing.assert_allclose(found.absolute_error.sum(), error.sum(), rtol=1e-9)


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="output_scale='odds', expected one of None, 'logits'"):
        Recorder(Head(2, nn.Identity()), statistics=Statistics(output_scale="odds"))


LAST = {
    "linear": (lambda x: x, "body.1"),
    "softmax": (lambda x: x.softmax(1), "body.1"),
    "softmax module": (nn.Softmax(1), "body.1"),
    "log-softmax": (lambda x: x.log_softmax(1), "body.1"),
    "scaled": (lambda x: 3 * x, None),
}


@pytest.mark.parametrize("last", LAST)
def test_the_output_layer_is_the_one_whose_logits_the_prediction_is_made_of(last: str) -> None:
    change, expected = LAST[last]
    layers = ["body.1", *(["last"] if isinstance(change, nn.Module) else [])]
    recorder = Recorder(Head(10, change), layers=layers, verbose=False)
    recorder.run([(IMAGES, DIGITS)], progress=False)
    outputs = [layer.name for layer in recorder.pipeline.step_records.about.layers if layer.output]
    assert outputs == ([expected] if expected else [])


@pytest.mark.parametrize("last", [nn.Identity(), nn.Sigmoid()], ids=["logits", "probabilities"])
def test_the_layer_that_put_out_the_prediction_tells_where_no_gradients_do(last: Any) -> None:
    model = Head(1, last).eval()
    with torch.no_grad():
        model.body[1].weight.mul_(0.001).abs_()
        model.body[1].bias.fill_(0.3)
        chance = model.body(IMAGES).sigmoid()
    recorder = Recorder(model, task="binary", layers=["body.1", "last"], verbose=False, strict=True)
    with recorder.observing(LARGE), torch.inference_mode():
        assert 0 <= model(IMAGES).min() <= model(IMAGES).max() <= 1
    found = counted(recorder)["class_metrics", ""]
    chances = torch.cat((1 - chance, chance), 1).repeat(2, 1)
    assert_classes(found, LARGE.repeat(2), chances)
