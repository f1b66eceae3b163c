"""A training loop never sees what goes wrong in our hooks."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import networks
import pytest
import torch
from networks import digits
from numpy_counts import assert_histograms
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from written import counted

from summary_ops import Recorder, RecordingWarning
from summary_ops.network.hooks.switched_hooks import SwitchedHooks
from summary_ops.network.layouts import axes

IMAGES, LABELS = (part[:24] for part in digits())


class TheirError(Exception):
    """Of a class that nobody here knows."""


def hooks(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def recorder_of(model: nn.Module, **options: Any) -> Recorder:
    return Recorder(model, **{"task": None, "verbose": False} | options)


@pytest.mark.parametrize(
    "error", [AssertionError(), MemoryError(), RecursionError(), TheirError("odd"), Warning("odd")]
)
def test_an_exception_of_any_class_in_a_hook_costs_the_layer_alone(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model)
    pool = axes.pool

    def failing(output: Tensor, *given: Any, **named: Any) -> Tensor:
        if output.ndim == 4:
            raise error
        return pool(output, *given, **named)

    monkeypatch.setattr(axes, "pool", failing)
    with pytest.warns(RecordingWarning, match="layer features"), recorder.observing():
        logits = model(IMAGES)
    assert not hooks(model)
    found = counted(recorder)
    assert {layer for _, layer in found} == {"classifier.1", "classifier.3"}
    assert_histograms(found["histograms", "classifier.3"], "all", logits.detach())


def test_warnings_turned_into_errors_are_not_raised_into_training() -> None:
    model = nn.Sequential(nn.Linear(4, 3))
    recorder = recorder_of(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with recorder.observing(LABELS):
            model(torch.zeros(5, 4))
    (problem,) = recorder.problems.found
    assert "24 inputs were announced" in problem.message


def test_containers_that_hold_themselves_do_no_harm() -> None:
    class Circular(nn.Module):
        def forward(self, inputs: Tensor) -> dict[str, Any]:
            found: dict[str, Any] = {"values": inputs}
            found["self"] = found
            return found

    model = nn.Sequential(nn.Linear(4, 3), Circular())
    recorder = recorder_of(model, layers=["0", "1"])
    with recorder.observing():
        model(torch.zeros(5, 4))
    assert {layer for _, layer in counted(recorder)} == {"0", "1"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, TheirError, StopIteration])
def test_the_users_own_exceptions_and_ctrl_c_pass_and_leave_no_hook(
    error: type[BaseException],
) -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model)
    handle = model.classifier[3].register_forward_pre_hook(lambda *_: (_ for _ in ()).throw(error))
    before = hooks(model)
    with pytest.raises((error, RuntimeError)), recorder.observing():
        model(IMAGES)
    assert hooks(model) == before
    handle.remove()
    with recorder.observing():
        model(IMAGES)
    assert not hooks(model)


def test_ctrl_c_while_hooks_are_put_on_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model)
    put, calls = SwitchedHooks._put, iter(range(100))

    def interrupted(*given: Any) -> None:
        put(*given)
        if next(calls) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SwitchedHooks, "_put", interrupted)
        with pytest.raises(KeyboardInterrupt), recorder.observing():
            pass
    assert not hooks(model)
    with recorder.observing():
        model(IMAGES)
    assert counted(recorder)


def test_forward_passes_of_other_threads_are_left_out_and_reported() -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model)

    def elsewhere() -> None:
        with torch.no_grad():
            model(IMAGES + 100)

    with recorder.observing(), torch.no_grad():
        thread = threading.Thread(target=elsewhere)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            thread.start()
            thread.join()
        logits = model(IMAGES)
    assert ["other threads" in str(warning.message) for warning in told] == [True]
    assert_histograms(counted(recorder)["histograms", "classifier.3"], "all", logits)


@pytest.mark.parametrize("second", ["observing", "run", "write_probe"])
def test_a_recorder_in_use_refuses_to_be_used_again(second: str) -> None:
    from summary_ops import ProbeSet  # noqa: PLC0415

    model = networks.Vgg().eval()
    recorder = recorder_of(model, probe=ProbeSet(IMAGES[:4]))
    uses = {
        "observing": lambda: recorder.observing().__enter__(),
        "run": lambda: recorder.run([IMAGES], progress=False),
        "write_probe": lambda: recorder.write_probe(None, 0),
    }
    with recorder.observing():
        with pytest.raises(RuntimeError, match=f"{second} while this recorder is in use"):
            uses[second]()
        logits = model(IMAGES)
    assert_histograms(counted(recorder)["histograms", "classifier.3"], "all", logits.detach())
    assert not hooks(model)


def loss_of(model: nn.Module) -> Any:
    def loss(parameters: dict[str, Tensor], image: Tensor, label: Tensor) -> Tensor:
        logits = functional_call(model, parameters, (image[None],))
        return nn.functional.cross_entropy(logits, label[None])

    return loss


@pytest.mark.parametrize("labels", [None, LABELS])
def test_batches_under_vmap_are_left_out_and_spoil_no_others(labels: Tensor | None) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.ReLU(), nn.Linear(6, 10))
    recorder = recorder_of(model)
    parameters = {name: value.detach() for name, value in model.named_parameters()}
    for _ in range(2):
        with recorder.observing(labels):
            logits = model(IMAGES)
    with pytest.warns(RecordingWarning, match="vmap"), recorder.observing(labels):
        found = vmap(grad(loss_of(model)), (None, 0, 0))(parameters, IMAGES, LABELS)
    assert found["1.weight"].shape == (24, 6, 64)
    record = counted(recorder)["histograms", "3"]
    assert_histograms(record, "all", logits.detach().repeat(2, 1))


def test_a_batch_under_grad_alone_is_recorded_as_any_other() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.ReLU(), nn.Linear(6, 10))
    recorder = recorder_of(model, task="multiclass", strict=True)
    parameters = {name: value.detach() for name, value in model.named_parameters()}

    def loss(values: dict[str, Tensor]) -> Tensor:
        return nn.functional.cross_entropy(functional_call(model, values, (IMAGES,)), LABELS)

    plain = grad(loss)(parameters)
    with recorder.observing(LABELS):
        observed = grad(loss)(parameters)
    assert all(torch.equal(plain[name], observed[name]) for name in plain)
    found = counted(recorder)
    with torch.no_grad():
        logits = model(IMAGES)
    assert_histograms(found["histograms", "3"], "all", logits)
    assert found["class_metrics", ""].total == len(IMAGES)


@pytest.mark.filterwarnings("ignore:`torch.jit.trace:DeprecationWarning")
def test_tracing_a_model_traces_nothing_of_ours() -> None:
    model = networks.FunctionalCnn().eval()
    recorder = recorder_of(model)

    def operations() -> list[str]:
        graph = torch.jit.trace(model, IMAGES, check_trace=False).inlined_graph
        return [node.kind() for node in graph.nodes()]

    plain = operations()
    with recorder.observing():
        assert operations() == plain
    assert counted(recorder) == {}


def test_an_input_without_a_batch_axis_raises_nothing() -> None:
    model = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 2))
    recorder = recorder_of(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        with recorder.observing():
            model(torch.randn(4))
    with recorder.observing():
        logits = model(torch.randn(7, 4))
    record = counted(recorder)["histograms", "2"]
    assert int(record.inputs.sum()) in {7, 8}
    assert record.maximum.max() >= logits.max() - 1e-6


def test_the_input_of_a_layer_is_recorded_under_its_name() -> None:
    model = networks.Vgg().eval()
    recorder = recorder_of(model, layers=["classifier.3.input", "features.3.input"], strict=True)
    with recorder.observing(), torch.no_grad():
        model(IMAGES)
        hidden = model.classifier[:3](model.features(IMAGES).flatten(1))
        pictures = model.features[:3](IMAGES)
    found = counted(recorder)
    assert_histograms(found["histograms", "classifier.3.input"], "all", hidden)
    assert_histograms(found["histograms", "features.3.input"], "all", pictures.amax((2, 3)))
