from __future__ import annotations

import io
from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pack_sequence

from summary_ops import ProbeSet
from summary_ops.data import sampling
from summary_ops.data.instances import Instances, collated
from summary_ops.projections import pivots

Pair = namedtuple("Pair", "x y")  # noqa: PYI024


@dataclass
class Text:
    ids: Tensor
    flag: bool = True


def images(*sizes: tuple[int, int], channels: int = 3) -> list[Tensor]:
    generator = torch.Generator().manual_seed(len(sizes))
    return [torch.rand(channels, *size, generator=generator) for size in sizes]


SIZES = (10, 12), (14, 9), (8, 8), (20, 30)
X = torch.arange(12.0).view(4, 3)


class TestImagesOfDifferentSizes:
    def test_stay_a_list_in_order(self) -> None:
        given = images(*SIZES)
        probe = ProbeSet(given)
        assert len(probe) == 4
        assert [len(batch) for batch in probe.batches(3)] == [3, 1]
        assert all(type(batch) is list for batch in probe.batches(3))
        chosen = probe.at([3, 0])
        assert torch.equal(chosen[0], given[3])
        assert torch.equal(chosen[1], given[0])
        assert torch.equal(probe[1], given[1])

    def test_are_copied(self) -> None:
        given = images(*SIZES)
        probe = ProbeSet(given)
        given[0].zero_()
        assert probe[0].any()

    @pytest.mark.parametrize("wrap", [lambda x: x, lambda x: (x,)])
    def test_have_pictures_of_their_own_sizes(self, wrap: Any) -> None:
        given = images(*SIZES)
        record = ProbeSet(wrap(given)).record()
        assert record.pictured
        assert record.lossless
        for file, image in zip(record.pictures, given, strict=True):
            shown = np.asarray(Image.open(io.BytesIO(file)))
            expected = (image * 255).round().to(torch.uint8).permute(1, 2, 0)
            assert (shown == expected.numpy()).all()

    def test_of_different_kinds_have_none(self) -> None:
        mixed = [*images((8, 8)), *images((9, 9), channels=1)]
        assert not ProbeSet(mixed).record().pictured

    def test_are_hashed_by_content_and_order(self) -> None:
        given = images(*SIZES)
        expected = ProbeSet(given).hash
        assert ProbeSet([image.numpy() for image in given]).hash == expected
        assert ProbeSet(given[::-1]).hash != expected
        assert ProbeSet((given,)).hash != expected

    def test_have_pivots_that_are_far_from_each_other(self) -> None:
        dark = [torch.full((3, 8 + place, 9), 0.01 * place) for place in range(6)]
        bright = torch.ones(3, 20, 20)
        probe = ProbeSet([*dark, bright])
        assert 6 in pivots.choose(probe, 2, seed=0)
        assert len(pivots.choose(probe, 7, seed=0)) == 7

    def test_are_drawn_from_a_dataset_of_detections(self) -> None:
        given = images(*SIZES)
        targets = [{"boxes": torch.rand(1, 4), "labels": torch.tensor([1])}] * 4
        probe = ProbeSet.sample(list(zip(given, targets, strict=True)), n=3)
        assert len(probe) == 3
        assert probe.labels == (-1,) * 3
        assert torch.equal(probe[0], given[int(probe.names[0])])


def test_images_of_one_size_are_one_tensor_unless_they_are_one_argument() -> None:
    same = images((8, 8), (8, 8))
    assert isinstance(ProbeSet(same).inputs, Tensor)
    (argument,) = next(ProbeSet((same,)).batches())
    assert isinstance(argument, list)
    assert len(ProbeSet((same,))) == 2


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (Pair(X, X), lambda inputs: inputs.y),
        (Text(X), lambda inputs: inputs.ids),
        ({"a": X, "more": {"b": (X, True)}}, lambda inputs: inputs["more"]["b"][0]),
        ((X, None), lambda inputs: inputs[0]),
    ],
)
def test_containers_reach_the_model_as_they_are(given: Any, part: Any) -> None:
    instances = Instances.of(given)
    assert instances.size == 4
    assert type(instances.rows([1])) is type(given)
    assert part(instances.rows([2, 0])).tolist() == X[[2, 0]].tolist()
    assert part(instances.one(1)).tolist() == X[1].tolist()


def test_sequences_of_different_lengths_may_be_packed() -> None:
    parts = [torch.rand(n, 2) for n in (2, 5, 1)]
    probe = ProbeSet(pack_sequence(parts, enforce_sorted=False), [0, 1, 2])
    assert len(probe) == 3
    assert torch.equal(probe[1], parts[1])
    assert next(probe.batches(2)).batch_sizes.tolist() == [2, 2, 1, 1, 1]
    longer = [*parts[:2], torch.cat((parts[2], torch.zeros(1, 2)))]
    assert ProbeSet(pack_sequence(longer, enforce_sorted=False), [0, 1, 2]).hash != probe.hash
    assert len(set(pivots.choose(probe, 3, seed=0))) == 3


def test_hashes_of_tensors_tuples_and_dicts_are_what_they_were() -> None:
    """Runs recorded by earlier versions know these probe sets."""
    x = torch.arange(6.0).view(3, 2)
    assert ProbeSet(x, [0, 1, 2]).hash == TENSOR
    assert ProbeSet((x, x.long())).hash == TUPLE
    assert ProbeSet({"b": x, "a": x > 2}).hash == DICT


TENSOR = "2bbfc6e0e35c566f43a9d9a72809c4e3"
TUPLE = "3e775d03baecc756ed3b00f18314d7e9"
DICT = "e687fc628715de8aaecb5127cd349213"


def test_single_inputs_become_a_batch() -> None:
    assert torch.equal(collated([X[0], X[1]]), X[:2])
    assert collated([3, 5]).tolist() == [3, 5]
    first, second = collated([(X[0], {"n": 1}), (X[1], {"n": 2})])
    assert torch.equal(first, X[:2])
    assert second["n"].tolist() == [1, 2]
    assert [len(part) for part in collated([X[:2], X[:1]])] == [2, 1]


class TestBatchesOfLoaders:
    IMAGES = images(*SIZES)
    TARGETS = ({"boxes": torch.rand(1, 4)},) * 4

    @pytest.mark.parametrize("kind", [list, tuple])
    def test_of_detectors_keep_their_images_a_list(self, kind: type) -> None:
        inputs, labels = sampling.split_batch((kind(self.IMAGES), kind(self.TARGETS)))
        assert type(inputs) is list
        assert len(inputs) == len(labels) == 4

    def test_that_zip_has_made_hold_an_entry_an_input(self) -> None:
        for labels in ((0, 1, 2, 1), tuple(torch.arange(4)), ["a", "b", "c", None]):
            inputs, found = sampling.split_batch((tuple(self.IMAGES), labels))
            assert type(inputs) is list
            assert found is labels
        assert sampling.split_batch((("one", "two"), torch.arange(2)))[0] == ["one", "two"]

    @pytest.mark.parametrize("size", [2, 3, 5])
    def test_of_several_arguments_stay_tuples(self, size: int) -> None:
        x, z = torch.rand(size, 3, 3), torch.rand(size, 4)
        for labels in (torch.arange(size), [torch.arange(size)] * 2, None):
            inputs, _ = sampling.split_batch(((x, z), labels))
            assert type(inputs) is tuple

    def test_without_targets(self) -> None:
        for count in (2, 3, 4):
            inputs, labels = sampling.split_batch(self.IMAGES[:count])
            assert len(inputs) == count
            assert labels is None
        dicts = [{"image": image, "height": 4} for image in self.IMAGES[:2]]
        assert sampling.split_batch(dicts) == (dicts, None)

    def test_of_two_tensors_are_inputs_and_labels(self) -> None:
        x, y = torch.rand(3, 8, 8), torch.arange(3)
        assert sampling.split_batch([x, y])[1] is y
        assert sampling.split_batch([x, x])[1] is x
        assert sampling.split_batch([{"a": x}, {"b": y}])[1] == {"b": y}

    def test_of_another_shape_are_described(self) -> None:
        with pytest.raises(ValueError, match="type list is neither"):
            sampling.split_batch([X, X, X])
