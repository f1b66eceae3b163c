from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from summary_ops.statistics.importance import Importance

ROWS, BATCH, UNITS = 3, 20, 5


def parts(*positions: int) -> tuple[Tensor, Tensor, Tensor]:
    member = torch.rand(ROWS, BATCH) < 0.5
    return torch.randn(BATCH, UNITS, *positions), torch.randn(BATCH, UNITS, *positions), member


def importance_of(activation: Tensor, gradient: Tensor, member: Tensor) -> Importance:
    importance = Importance.empty(len(member), activation.shape[1])
    for rows in torch.split(torch.arange(len(activation)), 7):
        importance.update(activation[rows], gradient[rows], member[:, rows])
    return importance


def test_importance_is_the_mean_of_gradient_times_the_distance_from_the_mean() -> None:
    for positions in ((), (4,), (3, 2)):
        activation, gradient, member = parts(*positions)
        found = importance_of(activation, gradient, member).values()
        a, g = (part.double().reshape(BATCH, UNITS, -1).numpy() for part in (activation, gradient))
        each = (g * (a - a.mean((0, 2))[None, :, None])).sum(2)
        for row, inside in enumerate(member.numpy()):
            np.testing.assert_allclose(found[row], each[inside].mean(0), rtol=1e-6, atol=1e-6)


def test_for_a_linear_output_it_is_the_mean_ablation() -> None:
    activation, labels = torch.randn(60, UNITS).double(), torch.randint(0, ROWS, (60,))
    linear = nn.Linear(UNITS, ROWS).double()
    member = torch.arange(ROWS)[:, None] == labels
    found = importance_of(activation, linear.weight[labels], member).values()
    logits = linear(activation).gather(1, labels[:, None])
    for unit in range(UNITS):
        ablated = activation.clone()
        ablated[:, unit] = activation[:, unit].mean()
        fall = (logits - linear(ablated).gather(1, labels[:, None])).detach()[:, 0]
        for row in range(ROWS):
            expected = fall[labels == row].mean()
            torch.testing.assert_close(found[row, unit], expected, rtol=1e-5, atol=1e-6)


def test_a_constant_unit_is_of_no_importance() -> None:
    activation, gradient, member = parts(4)
    activation[:, 2] = 7.25
    found = importance_of(activation, gradient, member).values()
    assert found[:, 2].abs().max() < 1e-12
    assert (found[:, :2].abs() > 1e-6).all()


def test_inputs_that_are_not_finite_are_left_out_and_not_counted() -> None:
    activation, gradient, member = parts(4)
    activation[3, 1, 2], gradient[8, 0, 0], activation[11, 4, 0] = torch.nan, torch.inf, -torch.inf
    rest = torch.ones(BATCH, dtype=torch.bool)
    rest[[3, 8, 11]] = False
    found = importance_of(activation, gradient, member)
    assert found.inputs.tolist() == (member & rest).sum(1).tolist()
    alone = importance_of(activation[rest], gradient[rest], member[:, rest])
    torch.testing.assert_close(found.values(), alone.values(), rtol=1e-9, atol=1e-12)


def test_a_row_without_inputs_has_no_importance() -> None:
    activation, gradient, member = parts(4)
    importance = importance_of(activation, gradient, member).with_rows(ROWS + 2)
    values = importance.values()
    assert torch.isnan(values[ROWS:]).all()
    assert torch.isfinite(values[:ROWS]).all()
    assert importance.with_rows(1) is importance


def test_masked_positions_do_not_count() -> None:
    activation, gradient, member = parts(6)
    lengths = torch.randint(1, 7, (BATCH,))
    mask = torch.arange(6) < lengths[:, None]
    hidden = torch.where(mask[:, None], 0.0, torch.nan)
    importance = Importance.empty(ROWS, UNITS)
    importance.update(activation + hidden, gradient, member, mask)
    assert importance.inputs.tolist() == member.sum(1).tolist()
    a, g = activation.double().numpy(), gradient.double().numpy()
    counted = mask.numpy()[:, None]
    mean = (a * counted).sum((0, 2)) / int(mask.sum())
    each = (g * (a - mean[None, :, None]) * counted).sum(2)
    for row, inside in enumerate(member.numpy()):
        np.testing.assert_allclose(importance.values()[row], each[inside].mean(0), rtol=1e-6)


def test_errors_are_those_of_the_mean_over_inputs_and_of_the_mean_that_is_taken_off() -> None:
    activation, gradient, member = parts(4)
    found = importance_of(activation, gradient, member)
    a, g = (part.double().numpy() for part in (activation, gradient))
    each = (g * (a - a.mean((0, 2))[None, :, None])).sum(2)
    of_mean = a.mean(2).std(0) / np.sqrt(BATCH)
    for row, inside in enumerate(member.numpy()):
        own = each[inside].std(0, ddof=1) / np.sqrt(inside.sum())
        shared = g[inside].sum(2).mean(0) * of_mean
        np.testing.assert_allclose(found.errors()[row], np.hypot(own, shared), rtol=1e-6)


def test_of_one_input_or_none_there_is_no_error() -> None:
    activation, gradient, _ = parts(4)
    member = torch.zeros(2, BATCH, dtype=torch.bool)
    member[0, 3] = True
    assert torch.isnan(importance_of(activation, gradient, member).errors()).all()


def test_what_the_gradient_bends_by_is_added_input_by_input() -> None:
    activation, gradient, member = parts(4)
    bend = torch.randn(BATCH, UNITS)
    straight = importance_of(activation, gradient, member).values()
    importance = Importance.empty(ROWS, UNITS)
    importance.update(activation, gradient, member, None, bend)
    for row, inside in enumerate(member):
        added = bend[inside].double().mean(0)
        torch.testing.assert_close(importance.values()[row], straight[row] + added)
