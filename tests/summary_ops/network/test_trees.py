from __future__ import annotations

from collections import OrderedDict, UserDict, deque, namedtuple
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from summary_ops.data import trees

Pair = namedtuple("Pair", "first second")  # noqa: PYI024


@dataclass
class Output:
    logits: Tensor
    hidden: tuple[Tensor, ...]
    late: Tensor = field(init=False, repr=False)


@dataclass(frozen=True, slots=True)
class Frozen:
    first: Tensor
    name: str


class ModelOutput(OrderedDict):
    """A mapping whose items are attributes too."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]


class Own(list):
    pass


A, B = torch.tensor([1.0]), torch.tensor([2.0])

CONTAINERS = [
    (A, B),
    [A, [B]],
    {"a": A, "b": {"c": B}},
    Pair(A, B),
    Output(A, (B,)),
    OrderedDict(a=A, b=B),
    ModelOutput(logits=A, hidden=B),
    UserDict(a=A, b=B),
    MappingProxyType({"a": A, "b": B}),
    deque([A, B]),
    SimpleNamespace(a=A, b=B),
    Own([A, B]),
    (A, "text", None, 3, {1, 2}, range(2), torch.Size([4]), B),
]
NAMES = [type(container).__name__ for container in CONTAINERS]


@pytest.mark.parametrize("container", CONTAINERS, ids=NAMES)
def test_tensors_are_found_in_order_in_every_container(container: Any) -> None:
    assert [tensor.item() for tensor in trees.tensors(container)] == [1, 2]
    assert trees.floating(container) is A


@pytest.mark.parametrize("container", CONTAINERS, ids=NAMES)
def test_a_changed_container_is_of_the_same_type_and_the_old_one_is_left_alone(
    container: Any,
) -> None:
    new = trees.map_tensors(lambda tensor: 10 * tensor, container)
    same = dict if isinstance(container, MappingProxyType) else type(container)
    assert type(new) is same
    assert [tensor.item() for tensor in trees.tensors(new)] == [10, 20]
    assert [tensor.item() for tensor in trees.tensors(container)] == [1, 2]


def test_what_is_no_tensor_stays_the_same_object() -> None:
    rest = ["text", {1, 2}, torch.Size([4]), None]
    new = trees.map_tensors(torch.clone, {"a": A, "rest": rest})
    assert all(got is given for got, given in zip(new["rest"], rest, strict=True))


def test_a_frozen_dataclass_and_results_of_torch_are_containers() -> None:
    frozen = trees.map_tensors(torch.neg, Frozen(A, "name"))
    assert (frozen.first.item(), frozen.name) == (-1, "name")
    found = trees.map_tensors(lambda tensor: tensor + 1, torch.max(torch.eye(2), 0))
    assert found.values.tolist() == [2, 2]
    assert found.indices.tolist() == [1, 2]


def test_a_packed_sequence_stands_for_its_data() -> None:
    packed = pack_sequence([torch.ones(2), torch.zeros(3)], enforce_sorted=False)
    assert [tensor.tolist() for tensor in trees.tensors([packed])] == [[0, 1, 0, 1, 0]]
    new = trees.map_tensors(lambda tensor: tensor + 1, packed)
    assert isinstance(new, PackedSequence)
    assert new.data.tolist() == [1, 2, 1, 2, 1]
    assert new.batch_sizes.tolist() == [2, 2, 1]
    assert new.unsorted_indices.tolist() == packed.unsorted_indices.tolist()


def test_a_container_that_holds_itself_is_seen_once() -> None:
    every: list[Any] = [A]
    named = {"again": every, "b": B}
    every += [every, named, named]
    around = deque([every])
    around.append(around)
    assert [tensor.item() for tensor in trees.tensors(around)] == [1, 2]
    new = trees.map_tensors(torch.neg, every)
    assert new[0].item() == -1
    assert new[2]["b"].item() == -2
    assert new[2] is new[3]


def test_depth_is_no_limit_of_the_walk() -> None:
    deep: Any = A
    for _ in range(5000):
        deep = [deep]
    assert trees.floating(deep) is A


def test_the_first_floating_tensor_is_chosen() -> None:
    assert trees.floating({"ids": torch.tensor([1]), "values": B}) is B
    assert trees.floating([torch.tensor([1]), "text"]) is None


@pytest.mark.parametrize(
    ("container", "which"),
    [((A, B), 1), ({"b": B}, "b"), (Pair(A, B), "second"), (ModelOutput(b=B), "b")],
)
def test_a_part_is_found_by_index_key_or_attribute(container: Any, which: str | int) -> None:
    assert trees.part(container, which) is B


@pytest.mark.parametrize("which", [5, "none"])
def test_a_missing_part_is_named(which: str | int) -> None:
    with pytest.raises(ValueError, match=f"a tuple has no part {which!r}"):
        trees.part((A, B), which)


def test_every_leaf_can_be_changed() -> None:
    assert trees.map_leaves(str, {"a": [1, None], "b": (True,)}) == {
        "a": ["1", "None"],
        "b": ("True",),
    }
