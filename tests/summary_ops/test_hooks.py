from __future__ import annotations

import functools
from typing import Any

import networks
import pytest
import torch
from networks import digits
from numpy_counts import assert_histograms, rows_of
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from written import counted

from summary_ops import Recorder, RecordingWarning

IMAGES, LABELS = (part[:24] for part in digits())


class Checkpointed(nn.Module):
    """Recomputes its first layers when going backward."""

    def __init__(self, *, reentrant: bool) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU())
        self.head = nn.Linear(12, 10)
        self.again = functools.partial(checkpoint, self.body, use_reentrant=reentrant)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.again(images))


def hooks(model: nn.Module) -> int:
    return sum(
        len(getattr(module, name))
        for module in model.modules()
        for name in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    )


def inputs(recorder: Recorder, layer: str) -> int:
    record = counted(recorder)["histograms", layer]
    return int(record.inputs[rows_of(record, "all")].sum())


def quiet(model: nn.Module, **options: Any) -> Recorder:
    return Recorder(model, **{"verbose": False, "strict": True} | options)


@pytest.mark.parametrize("reentrant", [True, False])
def test_what_checkpointing_recomputes_in_a_backward_is_not_counted(*, reentrant: bool) -> None:
    model = Checkpointed(reentrant=reentrant)
    recorder = quiet(model, layers=["body.2", "head"])
    images = IMAGES.clone().requires_grad_()
    with recorder.observing(LABELS):
        logits = model(images)
        nn.functional.cross_entropy(logits, LABELS).backward()
    assert model.body[1].weight.grad is not None
    assert inputs(recorder, "body.2") == inputs(recorder, "head") == len(IMAGES)
    assert set(recorder.pipeline.observed.layers) == {"body.2", "head"}


def test_a_reused_module_is_several_layers_in_every_forward_alike() -> None:
    model = networks.Residual()
    recorder = quiet(model, layers=["layer1.0.relu"])
    with recorder.observing(LABELS):
        model(IMAGES)
        model(IMAGES)
    with recorder.observing(LABELS):
        model(IMAGES)
    assert list(recorder.pipeline.observed.layers) == ["layer1.0.relu", "layer1.0.relu:1"]
    for layer in recorder.pipeline.observed.layers:
        record = counted(recorder)["histograms", layer]
        assert record.inputs.sum() == 3 * len(IMAGES)


def test_two_forwards_in_one_context_both_count_under_its_labels() -> None:
    model = networks.Vgg().eval()
    recorder = quiet(model)
    with recorder.observing(LABELS), torch.no_grad():
        model(IMAGES)
        model(IMAGES.flip(3))
    with torch.no_grad():
        values = torch.cat([model(IMAGES), model(IMAGES.flip(3))])
    record = counted(recorder)["histograms", "classifier.3"]
    for digit in range(10):
        assert_histograms(record, f"class:{digit}", values[LABELS.repeat(2) == digit])


def test_layers_called_without_the_root_count_from_the_contexts_entry() -> None:
    model = networks.Residual()
    recorder = quiet(model, layers=["layer1.0", "layer1.0.relu"], task=None)
    for _ in range(2):
        with recorder.observing():
            model.layer1[0](torch.rand(7, 6, 4, 4))
    assert set(recorder.pipeline.observed.layers) == {
        "layer1.0.relu",
        "layer1.0.relu:1",
        "layer1.0",
    }
    assert inputs(recorder, "layer1.0") == 14


def test_an_in_place_activation_does_not_reach_into_what_was_recorded_before() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 9), nn.ReLU(inplace=True), nn.Linear(9, 10))
    recorder = quiet(model, layers=["1", "2"])
    with recorder.observing(LABELS), torch.no_grad():
        model(IMAGES)
    dense = nn.functional.linear(IMAGES.flatten(1), model[1].weight, model[1].bias).detach()
    found = counted(recorder)
    for layer, values in (("1", dense), ("2", dense.relu())):
        assert_histograms(found["histograms", layer], "all", values)


def test_changing_the_prediction_in_place_does_not_change_what_is_recorded() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    recorder = quiet(model)
    with recorder.observing(LABELS), torch.no_grad():
        model(IMAGES).zero_()
    with torch.no_grad():
        guess = model(IMAGES).argmax(1)
    metrics = counted(recorder)["class_metrics", ""]
    assert metrics.predicted.tolist() == guess.bincount(minlength=10).tolist()


def test_a_batch_axis_that_differs_from_the_labels_drops_the_batch_and_says_so() -> None:
    model = networks.Vgg().eval()
    recorder = Recorder(model, verbose=False)
    with pytest.warns(RecordingWarning, match="24 where 23 inputs were announced"):  # noqa: SIM117
        with recorder.observing(LABELS[:-1]):
            model(IMAGES)
    with recorder.observing(LABELS):
        model(IMAGES)
    assert inputs(recorder, "classifier.3") == len(LABELS)
    told = {problem.what: problem for problem in recorder.problems.found}
    assert told["layer classifier.3"].count == 1


def test_a_layer_that_reorders_the_batch_is_dropped_alone() -> None:
    class Doubling(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return torch.cat((images, images))

    model = nn.Sequential(nn.Flatten(), Doubling(), nn.Linear(64, 10))
    both = nn.ModuleDict({"twice": model, "plain": nn.Sequential(nn.Flatten(), nn.Linear(64, 3))})
    recorder = Recorder(both, task=None, layers=nn.Linear, verbose=False)
    with pytest.warns(RecordingWarning, match=r"twice\.2"), recorder.observing(LABELS):
        _ = both["plain"](IMAGES), both["twice"](IMAGES)
    assert {layer for _, layer in counted(recorder)} == {"plain.1"}


def test_hooks_are_gone_after_the_context_and_after_an_exception_inside() -> None:
    model = networks.Vgg()
    recorder = quiet(model)
    with recorder.observing(LABELS):
        assert hooks(model)
        model(IMAGES)
    assert not hooks(model)
    with pytest.raises(ZeroDivisionError), recorder.observing(LABELS):
        model(IMAGES / (1 // 0))
    assert not hooks(model)
    model(IMAGES)
    with recorder.observing(LABELS):
        model(IMAGES)
    assert inputs(recorder, "classifier.3") == 2 * len(LABELS)


def test_hooks_are_gone_after_run_and_after_an_exception_inside() -> None:
    model = networks.Vgg()
    recorder = quiet(model, strict=False)
    recorder.run([(IMAGES, LABELS)], progress=False)
    assert not hooks(model)

    def failing() -> Any:
        yield IMAGES, LABELS
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        recorder.run(failing(), progress=False)
    with pytest.warns(RecordingWarning), pytest.raises(ValueError, match="labels of 3 inputs"):
        recorder.run([(IMAGES, LABELS[:3])], progress=False)
    assert not hooks(model)
    assert model.training


def test_a_forward_that_fails_midway_is_not_counted() -> None:
    model = networks.Vgg().eval()
    recorder = quiet(model)
    handle = model.classifier[3].register_forward_pre_hook(lambda *_: 1 // 0)
    with recorder.observing(LABELS):
        with pytest.raises(ZeroDivisionError):
            model(IMAGES)
        handle.remove()
        model(IMAGES)
    with recorder.observing(LABELS), pytest.raises(RuntimeError, match="shapes cannot be mult"):
        model(torch.rand(24, 1, 12, 12))
    assert inputs(recorder, "classifier.3") == inputs(recorder, "features.2") == len(IMAGES)


def test_hooks_of_others_are_left_alone() -> None:
    model, seen = networks.Vgg(), []
    handle = model.features[0].register_forward_hook(lambda *_: seen.append(1))
    with quiet(model).observing(LABELS):
        model(IMAGES)
    model(IMAGES)
    handle.remove()
    assert len(seen) == 2
    assert not hooks(model)


def test_nothing_is_counted_outside_the_context() -> None:
    model = networks.Vgg()
    recorder = quiet(model)
    model(IMAGES)
    with recorder.observing(LABELS):
        pass
    model(IMAGES)
    assert counted(recorder) == {}
