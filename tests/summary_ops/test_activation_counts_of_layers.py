"""Activation counts as an accumulator keeps them: by layer, in the rows of the moments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from summary_ops.statistics.activation_counts import center_of, top_mass
from summary_ops.streaming import layer_counts, writing
from summary_ops.streaming.accumulator import Accumulator
from summary_ops.streaming.subsets.batch import Batch, Settings
from tests.summary_ops.networks import digits

SIZE, MASSES = 600, (0.03, 0.5)
IMAGES, LABELS = (part[:SIZE] for part in digits())
ATTACKED = torch.rand(SIZE, generator=torch.Generator().manual_seed(1)) < 0.3
LABELLED = torch.where(torch.arange(SIZE) % 7 == 0, -1, LABELS)


def layers() -> dict[str, Tensor]:
    """A signed and a rectified layer, and an output, of real digits."""
    torch.manual_seed(0)
    hidden = torch.nn.Linear(64, 40)(IMAGES.flatten(1)).detach()
    output = torch.nn.Linear(40, 10)(hidden.relu()).detach()
    return {"signed": hidden, "rectified": hidden.relu(), "output": output}


def accumulator(**options: Any) -> Accumulator:
    return Accumulator(Settings(**{"masses": MASSES, "classes": 10} | options))


def fed(counted: Accumulator, sizes: int, *, start: int = 0, stop: int = SIZE) -> Accumulator:
    pooled = layers()
    for rows in torch.split(torch.arange(start, stop), sizes):
        counted.add(
            Batch(
                {name: values[rows] for name, values in pooled.items()},
                len(rows),
                LABELLED[rows],
                pooled["output"][rows],
                {"attacked": ATTACKED[rows]},
            )
        )
    return counted


def records_of(counted: Accumulator) -> dict[tuple[str, str], Any]:
    return {(record.kind, layer): record for layer, record in writing.to_records(counted)}


def members() -> dict[str, Tensor]:
    guess = layers()["output"].argmax(1)
    return {
        **{f"class:{label}": label == LABELLED for label in range(10)},
        **{f"predicted:{label}": guess == label for label in range(10)},
        "unlabelled": LABELLED < 0,
        "slice:attacked": ATTACKED,
    }


@pytest.mark.parametrize("batch", [600, 64, 37])
def test_every_subset_with_moments_has_the_counts_of_its_inputs(batch: int) -> None:
    found = records_of(fed(accumulator(), batch))
    for layer, values in layers().items():
        record = found["activation_counts", layer]
        assert record.subsets == found["moments", layer].subsets
        np.testing.assert_array_equal(record.inputs, found["moments", layer].inputs)
        center = center_of(values[:256])
        assert (center is None) == (layer == "rectified")
        ways = [(values, mass, "activation") for mass in MASSES]
        if center is not None:
            ways += [((values - center).abs(), mass, "deviation") for mass in MASSES]
            np.testing.assert_array_equal(record.center, center)
        assert record.of == tuple(of for _, _, of in ways)
        assert record.masses == tuple(mass for _, mass, _ in ways)
        chosen = torch.stack([top_mass(of, mass) for of, mass, _ in ways])
        for subset, inside in members().items():
            if subset in record.subsets:
                row = record.counts[:, record.subsets.index(subset)]
                np.testing.assert_array_equal(row, chosen[:, inside].sum(1), subset)
        assert {s for s, inside in members().items() if inside.any()} <= set(record.subsets)
        exact = values.double()
        negative = float(exact.clamp(max=0).sum().abs() / exact.abs().sum())
        assert record.negative == pytest.approx(negative, rel=1e-12)


def test_all_is_counted_too_when_classes_are_left_out() -> None:
    counted = fed(accumulator(max_bytes=50_000), 64)
    assert counted.budget is not None
    assert counted.budget.moments is not None
    (note,) = (note for note in counted.budget.left_out if "activation counts of" in note)
    assert "max_bytes" in note
    record = records_of(counted)["activation_counts", "rectified"]
    every = top_mass(layers()["rectified"], MASSES[1]).sum(0)
    np.testing.assert_array_equal(record.counts[1, record.subsets.index("all")], every)


def test_when_classes_turn_out_not_to_fit_all_begins_with_their_sum() -> None:
    counted = fed(accumulator(), 64, stop=320)
    counted.start_total()
    fed(counted, 64, start=320)
    record = records_of(counted)["activation_counts", "rectified"]
    every = top_mass(layers()["rectified"], MASSES[0]).sum(0)
    np.testing.assert_array_equal(record.counts[0, record.subsets.index("all")], every)


def test_without_masses_nothing_is_counted() -> None:
    found = records_of(fed(accumulator(masses=()), 64))
    assert not [kind for kind, _ in found if kind == "activation_counts"]


def test_a_share_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a share of the activation"):
        accumulator(masses=(1.5,))


def test_centers_are_placed_anew_for_each_record_unless_processes_share_them() -> None:
    counted = fed(accumulator(), 64)
    first = counted.counts.centers["signed"]
    counted.start_next(keep_windows=True)
    fed(counted, 64, start=300)
    assert counted.counts.centers["signed"] is first
    counted.start_next(keep_windows=False)
    fed(counted, 64, start=300)
    second = counted.counts.centers["signed"]
    assert first is not None
    assert second is not None
    assert not torch.equal(first, second)


def test_counts_take_the_bytes_that_the_plan_reckons_with() -> None:
    counted = fed(accumulator(), 64)
    units = {name: values.shape[1] for name, values in layers().items()}
    rows = counted.tables.numbering.moment_rows.height
    taken = sum(counts.counts.nbytes for counts in counted.counts.of_layer.values())
    assert taken == rows * counted.counts.row_bytes(sum(units.values()))


def test_processes_agree_on_centers_or_leave_deviations_out() -> None:
    mine, same, other = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])
    centers, conflicting = layer_counts.agree(
        [
            {"a": mine, "b": mine, "c": None, "d": None},
            {"a": same, "b": other, "c": mine, "d": None, "e": mine},
        ]
    )
    assert conflicting == {"b", "c"}
    assert centers["a"] is centers["b"] is centers["e"] is mine
    assert centers["c"] is centers["d"] is None


def test_aligned_counts_keep_what_was_counted_in_other_rows_and_ways() -> None:
    counted = fed(accumulator(), 64)
    before = {name: counts.counts.clone() for name, counts in counted.counts.of_layer.items()}
    rows = before["signed"].shape[1]
    pairs = (list(range(2, rows + 1)), list(range(1, rows)))
    counted.counts.align(
        {"new": 3, "rectified": 40, "signed": 40},
        rows + 1,
        pairs,
        torch.device("cpu"),
        conflicting={"signed"},
    )
    after = counted.counts.of_layer
    assert list(after) == ["new", "rectified", "signed"]
    assert not after["new"].counts.any()
    for name in ("rectified", "signed"):
        assert torch.equal(after[name].counts[:, 2:], before[name][:2, 1:])
        assert after[name].of == ("activation", "activation")
    assert after["signed"].negative > 0.1
