from __future__ import annotations

from collections import UserDict, namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

from summary_ops.network import calling

Pair = namedtuple("Pair", "x y")  # noqa: PYI024
Other = namedtuple("Other", "a b")  # noqa: PYI024
CPU = torch.device("cpu")
X, Y = torch.tensor([1.0]), torch.tensor([2.0])


@dataclass
class Graph:
    x: Tensor
    edges: Tensor


class One(nn.Module):
    def forward(self, batch: Any) -> Any:
        return batch


class OneOrTwo(nn.Module):
    def forward(self, images: Any, targets: Any = None) -> Any:
        return images, targets


class Two(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Any:
        return x, y


class Keywords(nn.Module):
    def forward(self, **named: Any) -> Any:
        return named


class Anything(nn.Module):
    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return args, kwargs


def called(model: nn.Module, inputs: Any) -> Any:
    return calling.call(model, inputs, CPU)


def test_a_list_is_one_argument_and_a_tuple_several() -> None:
    assert called(OneOrTwo(), [X, Y]) == ([X, Y], None)
    assert called(OneOrTwo(), (X, Y)) == (X, Y)
    assert called(Anything(), [X, Y]) == (([X, Y],), {})
    assert called(Anything(), (X, Y)) == ((X, Y), {})


def test_the_signature_decides_where_it_leaves_one_way_only() -> None:
    assert called(Two(), [X, Y]) == (X, Y)
    assert called(One(), (X, Y)) == (X, Y)
    assert called(One(), (X,)) == X


def test_a_dict_is_keywords_where_the_model_has_such_parameters() -> None:
    assert called(Two(), {"y": Y, "x": X}) == (X, Y)
    assert called(Keywords(), {"any": X}) == {"any": X}
    assert called(Anything(), UserDict(any=X)) == ((), {"any": X})
    assert called(One(), {"image": X}) == {"image": X}
    assert called(One(), {1: X}) == {1: X}
    assert called(One(), UserDict(image=X)).data == {"image": X}


def test_a_dict_with_one_unknown_keyword_fails_as_in_the_users_own_call() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        called(OneOrTwo(), {"images": X, "z": Y})


def test_a_named_tuple_is_keywords_one_argument_or_several() -> None:
    assert called(Two(), Pair(Y, X)) == (Y, X)
    assert isinstance(called(One(), Pair(X, Y)), Pair)
    assert called(Two(), Other(X, Y)) == (X, Y)


def test_dataclasses_and_packed_sequences_are_one_argument() -> None:
    graph = Graph(X, Y)
    found = called(OneOrTwo(), graph)[0]
    assert isinstance(found, Graph)
    assert found is not graph
    assert called(One(), pack_sequence([X, Y])).data.tolist() == [1, 2]


def test_a_list_that_the_model_does_not_take_is_explained() -> None:
    with pytest.raises(TypeError) as raised:
        called(nn.Linear(1, 1), [X, Y])
    assert "one argument" in raised.value.__notes__[0]


def test_objects_that_can_be_moved_are_moved_as_a_copy() -> None:
    class Batch:
        device = "here"

        def to(self, device: torch.device) -> Batch:
            self.device = str(device)
            return self

    batch = Batch()
    assert calling.to_device({"graph": batch}, CPU)["graph"].device == "cpu"
    assert batch.device == "here"


def test_fresh_inputs_may_be_written_into() -> None:
    class Writes(nn.Module):
        def forward(self, parts: list[Tensor]) -> Tensor:
            return parts[0].add_(1)

    given = [X.clone()]
    assert calling.call_afresh(Writes(), given, CPU).item() == 2
    assert given[0].item() == 1
