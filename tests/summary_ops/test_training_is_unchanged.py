"""Training with a recorder is, bit for bit, training without one."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest
import torch
from networks import digits
from numpy_counts import assert_histograms
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torch.utils.tensorboard import SummaryWriter
from written import counted, written

from summary_ops import ProbeSet, Recorder
from tb_plugin_neural.contract.records import Histograms

STEPS = 20


class Noisy(Dataset[tuple[Tensor, int]]):
    """Digits through a transform that draws from all three random generators."""

    def __len__(self) -> int:
        return 120

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image, label = digits()[0][index], int(digits()[1][index])
        noise = torch.randn_like(image) + np.random.normal() + random.random()  # noqa: NPY002, S311
        return image + 0.05 * noise, label


def random_states() -> list[Any]:
    name, keys, *rest = np.random.get_state()  # noqa: NPY002
    return [torch.get_rng_state().tolist(), (name, keys.tolist(), *rest), random.getstate()]


def everything(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> dict[str, Any]:
    return copy.deepcopy(
        {
            "weights and buffers": dict(model.state_dict()),
            "gradients": {name: p.grad for name, p in model.named_parameters()},
            "requires_grad": {name: p.requires_grad for name, p in model.named_parameters()},
            "modes": {name: module.training for name, module in model.named_modules()},
            "optimizer": optimizer.state_dict()["state"],
            "random states": random_states(),
            "loss": loss.detach(),
        }
    )


def train(folder: Path | None, *, workers: int = 0, own_generator: bool = False) -> list[Any]:
    for seed in (torch.manual_seed, np.random.seed, random.seed):
        seed(7)
    model = networks.Vgg(inplace=True)
    model.features[0].weight.requires_grad_(False)
    model.features[1].eval()
    generator = torch.Generator().manual_seed(1) if own_generator else None
    loader = DataLoader(Noisy(), 24, shuffle=True, generator=generator)
    passes = DataLoader(Noisy(), 50, shuffle=True, num_workers=workers, generator=generator)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    recorder = writer = None
    if folder is not None:
        probe = ProbeSet(*(part[:20] for part in digits()))
        recorder = Recorder(model, probe=probe, verbose=False, strict=True)
        writer = SummaryWriter(str(folder))
    seen = []
    for step, (images, labels) in enumerate(_endless(loader)):
        model.train()
        model.features[1].eval()
        if recorder and step % 7 == 0:
            recorder.run(passes, progress=False)
            recorder.write(writer, 2 * step)
        optimizer.zero_grad()
        with recorder.observing(labels) if recorder else nullcontext():
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
        if recorder and step % 7 == 0:
            recorder.write(writer, 2 * step + 1)
        optimizer.step()
        seen.append(everything(model, optimizer, loss))
        if step + 1 == STEPS:
            break
    if writer:
        writer.close()
    return seen


def _endless(loader: DataLoader[Any]) -> Iterator[Any]:
    while True:
        yield from loader


def assert_identical(mine: Any, other: Any, where: str = "") -> None:
    if isinstance(mine, Tensor):
        assert torch.equal(mine, other), where
    elif isinstance(mine, dict):
        assert mine.keys() == other.keys(), where
        for key in mine:
            assert_identical(mine[key], other[key], f"{where}/{key}")
    elif isinstance(mine, list):
        assert len(mine) == len(other), where
        for at, (a, b) in enumerate(zip(mine, other, strict=True)):
            assert_identical(a, b, f"{where}/{at}")
    else:
        assert mine == other, where


@pytest.mark.parametrize(("workers", "own_generator"), [(0, False), (0, True), (2, False)], ids=str)
def test_every_weight_gradient_flag_buffer_and_random_state_is_the_same(
    tmp_path: Path, workers: int, *, own_generator: bool
) -> None:
    options = {"workers": workers, "own_generator": own_generator}
    assert_identical(train(tmp_path, **options), train(None, **options))
    recorded = {step for kind, _, step in written(tmp_path) if kind == Histograms.kind}
    assert recorded == {0, 1, 14, 15, 28, 29}


@contextmanager
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


IMAGES, LABELS = (part[:40] for part in digits())


def loader() -> list[tuple[Tensor, Tensor]]:
    return [(IMAGES[:25], LABELS[:25]), (IMAGES[25:], LABELS[25:])]


def test_deterministic_algorithms_may_be_asked_for() -> None:
    recorder = Recorder(networks.Vgg(), verbose=False, strict=True)
    with deterministic():
        recorder.run(loader(), progress=False)
        with recorder.observing(LABELS):
            recorder.model(IMAGES)
        assert counted(recorder)["histograms", "classifier.3"].inputs.sum() == 80


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, nullcontext])
def test_inference_mode_may_be_mixed_with_any_other(mode: Any) -> None:
    model = networks.Vgg().eval()
    recorder = Recorder(model, verbose=False, strict=True)
    for context in (mode, torch.inference_mode, nullcontext, mode):
        with context(), recorder.observing(LABELS):
            model(IMAGES)
        with recorder.observing(LABELS), context():
            model(IMAGES)
    with torch.inference_mode():
        recorder.run(loader(), progress=False)
        found = counted(recorder)
    with torch.no_grad():
        logits = model(IMAGES).repeat(9, 1)
    assert_histograms(found["histograms", "classifier.3"], "all", logits)


def test_under_autocast_records_are_those_of_the_half_precision_activations() -> None:
    model = networks.Vgg().eval()
    recorder = Recorder(model, verbose=False, strict=True)
    with torch.autocast("cpu", torch.bfloat16), recorder.observing(LABELS):
        logits = model(IMAGES)
    assert logits.dtype == torch.bfloat16
    record = counted(recorder)["histograms", "classifier.3"]
    assert_histograms(record, "all", logits.detach().float())
    metrics = counted(recorder)["class_metrics", ""]
    assert metrics.predicted.tolist() == logits.argmax(1).bincount(minlength=10).tolist()


def mixed_precision_step(*, recording: bool, inside: bool) -> dict[str, Any]:
    torch.manual_seed(3)
    model = networks.Vgg()
    recorder = Recorder(model, verbose=False, strict=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with torch.autocast("cpu", torch.bfloat16):
        if recording and inside:
            recorder.run(loader(), progress=False)
        with recorder.observing(LABELS) if recording else nullcontext():
            loss = nn.functional.cross_entropy(model(IMAGES), LABELS)
        if recording and inside:
            recorder.run(loader(), progress=False)
            loss = loss + 0 * model(IMAGES).sum()
        elif inside:
            loss = loss + 0 * model(IMAGES).sum()
    loss.backward()
    optimizer.step()
    return everything(model, optimizer, loss)


@pytest.mark.parametrize("inside", [False, True])
def test_mixed_precision_training_is_the_same(*, inside: bool) -> None:
    plain = mixed_precision_step(recording=False, inside=inside)
    assert_identical(mixed_precision_step(recording=True, inside=inside), plain)


def test_a_frozen_model_is_recorded_and_stays_frozen() -> None:
    model = networks.Vgg().requires_grad_(False)
    recorder = Recorder(model, verbose=False, strict=True)
    with recorder.observing(LABELS):
        logits = model(IMAGES)
    assert not logits.requires_grad
    assert counted(recorder)["histograms", "classifier.3"].inputs.sum() == len(LABELS)
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_records_say_in_which_mode_the_model_was() -> None:
    model = networks.Vgg()
    recorder = Recorder(model, verbose=False, strict=True)

    def modes(*, training: list[bool]) -> set[str]:
        recorder.pipeline.accumulator.start_next(keep_windows=False)
        for flag in training:
            with recorder.observing(LABELS):
                model.train(flag)(IMAGES)
        return {record.mode for record in counted(recorder).values()}

    assert modes(training=[True]) == {"train"}
    assert modes(training=[False]) == {"eval"}
    assert modes(training=[True, False]) == {"mixed"}


def test_gradients_flow_through_an_observed_forward() -> None:
    images = IMAGES.clone().requires_grad_()
    model = networks.Vgg().eval()
    (expected,) = torch.autograd.grad(model(images).sum(), images)
    recorder = Recorder(model, verbose=False, strict=True)
    with recorder.observing(LABELS):
        (found,) = torch.autograd.grad(model(images).sum(), images)
    assert torch.equal(found, expected)
