from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from summary_ops.statistics import moments as moments_module
from summary_ops.statistics.moments import Moments


def moments_of(values: Tensor, member: Tensor) -> Moments:
    moments = Moments.empty(len(member), values.shape[1])
    for rows in torch.arange(len(values)).split(13):
        moments.update(values[rows], member[:, rows])
    return moments


@pytest.mark.parametrize("offset", [0.0, 100.0, -1e4, 1e6, 1e8])
def test_mean_and_deviation_are_those_of_numpy(offset: float) -> None:
    values = offset + torch.randn(200, 5) * torch.tensor([0.1, 1.0, 3.0, 10.0, 0.0])
    member = torch.rand(4, 200) < 0.5
    mean, std = moments_of(values, member).mean_std()
    for row in range(len(member)):
        x = values[member[row]].double().numpy()
        np.testing.assert_allclose(mean[row], x.mean(0), rtol=1e-9)
        np.testing.assert_allclose(std[row], x.std(0), rtol=1e-9, atol=1e-14 * abs(offset))


FAR = [(1e4, 0.01), (1e6, 1.0), (1e7, 2.0), (3e7, 4.0), (1e8, 16.0)]


@pytest.mark.parametrize(("mean", "std"), FAR)
@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_deviations_far_from_zero_are_those_of_numpy_after_any_merge(
    mean: float, std: float, pieces: int
) -> None:
    place = torch.arange(3000) % 3
    values = (mean * (place[:, None] - 1) + std * torch.randn(3000, 4)).float()
    values[::50, 1] = torch.nan
    member = torch.stack([place == 0, place == 1, place == 2, place >= 0, place > 8])
    cuts = torch.arange(3000).tensor_split(pieces)
    whole, *parts = (moments_of(values[rows], member[:, rows]) for rows in cuts)
    for part in parts:
        whole.merge(part)
    for row in range(4):
        x = values[member[row]].double().numpy()
        found, deviation = (part[row] for part in whole.mean_std())
        np.testing.assert_allclose(found, np.nanmean(x, 0), rtol=1e-9, atol=1e-9 * mean)
        np.testing.assert_allclose(deviation, np.nanstd(x, 0), rtol=1e-7)
    whole.sum_rows(4, [0, 1, 2])
    expected, found = ([part[row] for part in whole.mean_std()] for row in (3, 4))
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9 * mean)


def test_deviations_are_exact_where_a_row_drifts_far_from_where_it_began() -> None:
    values = torch.cat((torch.randn(5, 2), 1e7 + 2 * torch.randn(4000, 2)))
    _, std = moments_of(values, torch.ones(1, len(values), dtype=torch.bool)).mean_std()
    np.testing.assert_allclose(std[0], values.double().numpy().std(0), rtol=1e-9)


def test_the_way_of_accelerators_gives_the_same_without_asking_for_shapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = 1e7 + 3 * torch.randn(60, 5)
    values[3, 1] = torch.inf
    rows = torch.randint(0, 4, (90,))
    inputs = torch.cat((torch.arange(60), torch.arange(30)))
    member = torch.zeros(4, 60, dtype=torch.bool)
    member[rows, inputs] = True
    member[0] = False
    expected, found = Moments.empty(4, 5), Moments.empty(4, 5)
    expected.update(values, member)
    monkeypatch.setattr(moments_module, "AT_ONCE", 200)
    kept = torch.unique(torch.stack((rows, inputs)), dim=1)
    finite = torch.isfinite(values)
    exact = torch.where(finite, values.double(), 0.0)
    totals, counts = member.double() @ exact, (member.double() @ finite.double()).long()
    means = totals / counts.clamp(min=1)
    batch = moments_module._Batch(values, finite, member, (kept[0], kept[1]), counts, means)
    found.sums[1] = batch.squares()
    torch.testing.assert_close(found.sums[1], expected.sums[1], rtol=1e-9, atol=0)


def test_values_that_are_not_finite_are_counted_and_left_out() -> None:
    values = torch.tensor([[1.0, torch.nan], [torch.inf, torch.nan], [3.0, -torch.inf]])
    moments = moments_of(values, torch.ones(1, 3, dtype=torch.bool))
    mean, std = moments.mean_std()
    assert moments.inputs.tolist() == [[3, 3]]
    assert moments.missing.tolist() == [[1, 3]]
    assert mean[0, 0] == 2.0
    assert std[0, 0] == 1.0
    assert torch.isnan(mean[0, 1])
    assert torch.isnan(std[0, 1])


def test_the_largest_floats_do_not_overflow() -> None:
    values = torch.full((4, 1), torch.finfo(torch.float32).max)
    mean, std = moments_of(values, torch.ones(1, 4, dtype=torch.bool)).mean_std()
    assert mean.item() == torch.finfo(torch.float32).max
    assert torch.isfinite(std).all()


def test_a_row_without_inputs_has_no_mean() -> None:
    moments = moments_of(torch.ones(3, 2), torch.zeros(1, 3, dtype=torch.bool))
    assert torch.isnan(torch.stack(moments.mean_std())).all()


def test_updating_a_view_of_some_units_updates_the_whole() -> None:
    values, member = torch.randn(20, 4), torch.rand(3, 20) < 0.5
    whole = Moments.empty(3, 4)
    for start, stop in ((0, 1), (1, 4)):
        whole.units(start, stop).update(values[:, start:stop], member)
    direct = Moments.empty(3, 4)
    direct.update(values, member)
    assert torch.equal(whole.inputs, direct.inputs)
    torch.testing.assert_close(whole.sums, direct.sums, rtol=1e-9, atol=1e-12)


def test_adding_rows_or_units_leaves_what_was_counted() -> None:
    moments = moments_of(torch.randn(9, 2), torch.ones(2, 9, dtype=torch.bool))
    larger = moments.with_rows(5)
    assert torch.equal(larger.sums[:, :2], moments.sums)
    assert not larger.sums[:, 2:].any()
    joined = moments.join(moments)
    assert torch.equal(joined.units(2, 4).sums, moments.sums)
