from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import networks
import pytest
import torch
from networks import digits
from numpy_counts import assert_same
from torch import nn
from written import counted

from summary_ops import Recorder, RecordingWarning

pytestmark = pytest.mark.filterwarnings(
    "ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning"  # the compiler reads it
)

IMAGES, LABELS = (part[:30] for part in digits())


@pytest.fixture(autouse=True)
def _fresh_compiler() -> Iterator[None]:
    torch.compiler.reset()
    yield
    torch.compiler.reset()


def wrapped(model: nn.Module) -> nn.Module:
    return torch.compile(model, backend="eager")


def in_place(model: nn.Module) -> nn.Module:
    model.compile(backend="eager")
    return model


def partly(model: nn.Module) -> nn.Module:
    model.features = torch.compile(model.features, backend="eager")
    return model


WAYS = [wrapped, in_place, partly]
Compile = Callable[[nn.Module], nn.Module]


def models(compile_: Compile) -> tuple[nn.Module, nn.Module]:
    plain = networks.Vgg().eval()
    other = networks.Vgg().eval()
    other.load_state_dict(plain.state_dict())
    return plain, compile_(other)


def recorder_of(model: nn.Module, *, compiled: bool = False) -> Recorder:
    return Recorder(model, verbose=False, strict=True, compiled=compiled)


@pytest.mark.parametrize("compile_", WAYS)
def test_run_sees_a_model_that_was_compiled_and_called_before(compile_: Compile) -> None:
    plain, compiled = models(compile_)
    for mode in (torch.enable_grad, torch.no_grad):
        with mode():
            compiled(IMAGES)
    mine, other = recorder_of(compiled), recorder_of(plain)
    for recorder in (mine, other):
        recorder.run([(IMAGES, LABELS)], progress=False)
    found, expected = counted(mine), counted(other)
    assert found.keys() == expected.keys()
    for key, record in expected.items():
        assert_same(found[key], record)


@pytest.mark.parametrize("compile_", WAYS)
def test_observing_a_compiled_model_raises_at_entry(compile_: Compile) -> None:
    _, compiled = models(compile_)
    entered = False
    with pytest.raises(RuntimeError, match="compiled=True"):  # noqa: SIM117
        with recorder_of(compiled).observing(LABELS):
            entered = True
    assert not entered


@pytest.mark.parametrize(
    ("compile_", "before"), [(wrapped, True), (wrapped, False), (in_place, True), (partly, False)]
)
def test_a_recorder_made_for_compiling_records_what_it_would_uncompiled(
    compile_: Compile, *, before: bool
) -> None:
    plain, other = models(lambda model: model)
    if before:
        mine = recorder_of(other, compiled=True)
        compiled = compile_(other)
    else:
        compiled = compile_(other)
        mine = recorder_of(compiled, compiled=True)
    reference = recorder_of(plain)
    for _ in range(2):
        with mine.observing(LABELS), torch.no_grad():
            compiled(IMAGES)
        compiled(IMAGES)
        with reference.observing(LABELS), torch.no_grad():
            plain(IMAGES)
    found, expected = counted(mine), counted(reference)
    assert found.keys() == expected.keys()
    for key, record in expected.items():
        assert_same(found[key], record)
    mine.close()
    assert not any(module._forward_hooks for module in other.modules())


def twice(compiled: nn.Module) -> None:
    for _ in range(2):
        with torch.no_grad():
            compiled(IMAGES)


def test_a_model_is_compiled_once_with_hooks_and_once_without() -> None:
    made: list[torch.fx.GraphModule] = []

    def counting(graph: torch.fx.GraphModule, _: object) -> Callable[..., object]:
        made.append(graph)
        return graph.forward

    model = networks.Vgg().eval()
    with recorder_of(model, compiled=True) as recorder:
        compiled = torch.compile(model, backend=counting)
        seen = []
        for observed in (False, True, False, True, True, False):
            if observed:
                with recorder.observing(LABELS):
                    twice(compiled)
            else:
                twice(compiled)
            seen.append(len(made))
    assert seen[0] == 1  # no hook breaks the graph of what is not observed
    assert seen[1:] == [seen[1]] * 5
    assert counted(recorder)["histograms", "classifier.3"].inputs.sum() == 6 * len(LABELS)


def pickled(model: nn.Module) -> nn.Module:
    other: nn.Module = pickle.loads(pickle.dumps(model))  # noqa: S301
    return other


@pytest.mark.parametrize("how", [copy.deepcopy, pickled])
@pytest.mark.parametrize("observed", [False, True])
def test_a_model_made_for_compiling_is_copied_without_its_hooks(
    how: Callable[[nn.Module], nn.Module], *, observed: bool
) -> None:
    model = networks.Vgg().eval()
    with recorder_of(model, compiled=True) as recorder:
        with recorder.observing(LABELS) if observed else nullcontext():
            other = how(model)
            model(IMAGES)
        with recorder.observing(LABELS) if observed else nullcontext():
            model(IMAGES)
            torch.testing.assert_close(other(IMAGES), model(IMAGES))
        if observed:
            assert counted(recorder)["histograms", "classifier.3"].inputs.sum() == 3 * len(LABELS)


def test_a_saved_model_is_loaded_without_this_package(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    with recorder_of(model, compiled=True) as recorder, recorder.observing():
        model(torch.ones(2, 4))
        torch.save(model, tmp_path / "model.pt")
    load = (
        "import sys, torch; sys.modules['summary_ops'] = None\n"
        f"model = torch.load({str(tmp_path / 'model.pt')!r}, weights_only=False)\n"
        "print(model(torch.ones(2, 4)).shape)"
    )
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "torch.Size([2, 3])"


def test_a_model_made_for_compiling_can_be_scripted() -> None:
    model = networks.Vgg().eval()
    with recorder_of(model, compiled=True) as recorder:
        with recorder.observing(LABELS):
            model(IMAGES)
        with pytest.warns(DeprecationWarning, match="torch.jit"):
            script = torch.jit.script(model)
    torch.testing.assert_close(script(IMAGES), model(IMAGES))


def test_closing_leaves_the_compiler_as_it_was() -> None:
    config = torch._dynamo.config
    before = config.skip_nnmodule_hook_guards
    one, other = (recorder_of(networks.Vgg(), compiled=True) for _ in range(2))
    assert config.skip_nnmodule_hook_guards is False
    one.close()
    assert config.skip_nnmodule_hook_guards is False
    other.close()
    other.close()
    assert config.skip_nnmodule_hook_guards is before


def test_compiling_after_the_recorder_was_made_is_reported() -> None:
    model = networks.Vgg().eval()
    recorder = Recorder(model, verbose=False)
    compiled = torch.compile(nn.Sequential(model), backend="eager")
    with torch.no_grad():
        compiled(IMAGES)
        with pytest.warns(RecordingWarning, match="compiled=True"), recorder.observing(LABELS):
            compiled(IMAGES)
    assert [problem.what for problem in recorder.problems.found] == ["observing"]
    assert counted(recorder) == {}
