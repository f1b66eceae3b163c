from __future__ import annotations

from collections.abc import Callable, Iterator

import networks
import pytest
import torch
from networks import digits
from numpy_counts import assert_same
from torch import nn
from written import counted

from summary_ops import Recorder

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
