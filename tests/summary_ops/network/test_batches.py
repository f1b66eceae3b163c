from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_sequence, pad_packed_sequence

from summary_ops.data import batches

Pair = namedtuple("Pair", "x y")  # noqa: PYI024


@dataclass
class Text:
    ids: Tensor
    masks: list[Tensor]


X = torch.arange(12.0).view(4, 3)


def joined(batch: Any, chosen: list[int], size: int = 4) -> Any:
    return batches.stack([batches.take(batch, index, size) for index in chosen])


@pytest.mark.parametrize(
    ("batch", "values"),
    [
        (X, lambda b: b),
        ((X, X.long()), lambda b: b[1]),
        ([X, X], lambda b: b[1]),
        ({"x": X, "flag": True}, lambda b: b["x"]),
        (Pair(X, X), lambda b: b.y),
        (Text(X, [X, X]), lambda b: b.masks[1]),
    ],
    ids=["tensor", "tuple", "list", "dict", "named tuple", "dataclass"],
)
def test_single_inputs_come_back_as_a_batch_of_the_same_type(batch: Any, values: Any) -> None:
    found = joined(batch, [2, 0])
    assert type(found) is type(batch)
    assert values(found).tolist() == X[[2, 0]].tolist()
    assert values(batches.rows(batch, [2, 0], 4)).tolist() == X[[2, 0]].tolist()


@pytest.mark.parametrize("size", [3, 2, 1])
def test_a_list_of_images_has_an_entry_an_input(size: int) -> None:
    """Three images of three channels are not three arguments of a batch of three."""
    images = [torch.rand(3, 4 + place, 9 - place) for place in range(size)]
    found = joined(images, [size - 1, 0], size)
    assert type(found) is list
    assert [image.shape for image in found] == [images[-1].shape, images[0].shape]
    assert len(joined({"images": images}, [0], size)["images"]) == 1


def test_inputs_of_different_sizes_can_be_in_one_list_but_not_in_one_tensor() -> None:
    images = [torch.rand(3, 4, 5), torch.rand(3, 6, 5)]
    assert len({batches.form(batches.take(images, place, 2)) for place in range(2)}) == 1
    forms = {batches.form(torch.rand(1, 4, 5)), batches.form(torch.rand(1, 6, 5))}
    assert len(forms) == 2


def test_entries_may_be_dicts_or_texts() -> None:
    dicts = [{"image": torch.rand(3, 4 + size, 4), "height": size} for size in (4, 6)]
    assert [entry["height"] for entry in joined(dicts, [1, 0, 1], 2)] == [6, 4, 6]
    assert joined(["one", "two"], [1], 2) == ["two"]


@pytest.mark.parametrize("ordered", [True, False])
def test_sequences_of_a_packed_batch_come_back_in_the_users_order(ordered: bool) -> None:
    lengths = [5, 3, 2, 1] if ordered else [2, 5, 1, 3]
    parts = [torch.rand(n, 2) for n in lengths]
    packed = pack_sequence(parts, enforce_sorted=ordered)
    for got, expected in zip(batches.sequences(packed), parts, strict=True):
        assert torch.equal(got, expected)
    found = joined((packed, X), [3, 0, 1])
    assert isinstance(found[0], PackedSequence)
    padded, sizes = pad_packed_sequence(found[0], batch_first=True)
    assert sizes.tolist() == [lengths[3], lengths[0], lengths[1]]
    assert torch.equal(padded[1, : lengths[0]], parts[0])
    assert found[1].tolist() == X[[3, 0, 1]].tolist()


def test_nested_tensors_come_back() -> None:
    parts = [torch.rand(n, 2) for n in (2, 4, 1, 3)]
    found = joined(torch.nested.nested_tensor(parts, layout=torch.jagged), [3, 0])
    assert [part.tolist() for part in found.unbind()] == [parts[3].tolist(), parts[0].tolist()]


def test_a_batch_that_holds_itself_is_refused() -> None:
    batch: dict[str, Any] = {"x": X}
    batch["again"] = batch
    with pytest.raises(ValueError, match="holds itself"):
        batches.take(batch, 0, 4)
