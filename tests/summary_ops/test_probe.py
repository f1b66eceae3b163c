"""The probe set: what it holds, its identity, what it shows."""

from __future__ import annotations

import dataclasses
import io
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch.utils.data import Dataset, TensorDataset

from summary_ops import ProbeSet, attacks
from summary_ops.probe.probe_set import LARGEST
from tb_plugin_neural.contract.records import Probe


def digits(size: int) -> tuple[torch.Tensor, torch.Tensor]:
    found = load_digits()
    images = torch.tensor(found.images[:size], dtype=torch.float32)[:, None] / 16
    return images, torch.tensor(found.target[:size])


def altered(images: torch.Tensor, pixels: int) -> torch.Tensor:
    copies = images.clone()
    copies.flatten(2)[:, :, :pixels] = 1 - copies.flatten(2)[:, :, :pixels]
    return copies


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data))).astype(int)


@pytest.mark.parametrize("pixels", [1, 3])
def test_the_pictures_of_a_pair_differ_in_exactly_the_attacked_pixels(pixels):
    images, labels = digits(6)
    attack = attacks.pairs(images[2:4], altered(images[2:4], pixels), note="x", index=[2, 3])
    record = ProbeSet(images, labels, pairs=attack).record()
    pictures = [decoded(data) for data in record.pictures]
    assert record.lossless
    assert record.pairs == (-1,) * 6 + (2, 3)
    for attacked, benign in ((6, 2), (7, 3)):
        assert (pictures[attacked] != pictures[benign]).sum() == pixels


def test_what_an_attack_found_is_appended_with_its_own_note():
    images, labels = digits(5)
    one = attacks.pairs(images, altered(images, 1), note="first")
    two = attacks.pairs(images, altered(images, 2), note="second").at([4])
    probe = ProbeSet(images, labels, names=list("abcde"), pairs=[one, two])
    assert len(probe) == 11
    assert torch.equal(probe.inputs, torch.cat((images, one.images, two.images)))
    assert probe.labels == (*labels.tolist(), *labels.tolist(), int(labels[4]))
    assert probe.names[-2:] == ("e attacked", "e attacked")
    assert probe.notes == ("",) * 5 + ("first",) * 5 + ("second",)
    assert probe.pairs[-1] == 4


def test_pairs_of_indices_name_attacked_and_benign():
    images, _ = digits(4)
    assert ProbeSet(images, pairs=[(3, 0), (2, 1)]).pairs == (-1, -1, 1, 0)


def test_an_attack_on_other_images_is_refused():
    images, labels = digits(20)
    attack = attacks.pairs(images[10:], altered(images[10:], 1), note="x")
    with pytest.raises(ValueError, match=r"pass attack.within\(chosen\)"):
        ProbeSet(images, labels, pairs=attack)
    assert len(ProbeSet(images, labels, pairs=attack.within(range(10, 20)))) == 30


def test_a_probe_set_does_not_follow_its_tensors_and_cannot_be_changed():
    images, labels = digits(3)
    probe = ProbeSet(images, labels)
    before, first = probe.hash, images[0].clone()
    images.zero_()
    assert torch.equal(probe[0], first)
    assert ProbeSet(digits(3)[0], labels).hash == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        probe.labels = ()


def test_the_hash_is_the_same_in_every_process():
    code = (
        "import torch; from summary_ops import ProbeSet;"
        "x = torch.arange(24.).reshape(2, 1, 3, 4);"
        "print(ProbeSet({'b': x, 'a': x.int()}, [1, -1], names=['é', 'y']).hash)"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    x = torch.arange(24.0).reshape(2, 1, 3, 4)
    same = ProbeSet({"a": x.int(), "b": x}, torch.tensor([1, -1]), names=["é", "y"])
    assert hashes == {same.hash + "\n"}


def test_the_hash_tells_content_type_shape_labels_and_names_apart():
    x = torch.zeros(2, 1, 4, 4)
    other = x.clone()
    other[1, 0, 3, 3] = -0.0
    variants = [
        ProbeSet(x),
        ProbeSet(other),
        ProbeSet(x.int()),
        ProbeSet(x.reshape(2, 1, 2, 8)),
        ProbeSet(x, [0, -1]),
        ProbeSet(x, names=["0", "one"]),
        ProbeSet((x,), [-1, 0]),
        ProbeSet({"x": x}),
    ]
    assert len({probe.hash for probe in variants}) == len(variants)
    assert ProbeSet(x.clone()).hash == ProbeSet(x.to(memory_format=torch.channels_last)).hash


def test_bfloat16_and_boolean_inputs_have_a_hash():
    for kind in (torch.bfloat16, torch.bool, torch.complex64):
        assert len(ProbeSet(torch.ones(2, 3, dtype=kind)).hash) == 32


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_batches_give_all_inputs_in_order(size):
    images, _ = digits(7)
    tokens = torch.arange(14).reshape(7, 2)
    assert torch.equal(torch.cat(list(ProbeSet(images).batches(size))), images)
    pairs = list(ProbeSet((images, tokens)).batches(size))
    assert all(isinstance(batch, tuple) and len(batch[0]) <= size for batch in pairs)
    assert torch.equal(torch.cat([batch[1] for batch in pairs]), tokens)
    named = list(ProbeSet({"x": images, "y": tokens}).batches(size))
    assert torch.equal(torch.cat([batch["y"] for batch in named]), tokens)


def test_inputs_may_be_lists_and_numpy_arrays():
    images, _ = digits(4)
    expected = ProbeSet(images).hash
    assert ProbeSet(list(images)).hash == expected
    assert ProbeSet(images.numpy()).hash == expected
    assert ProbeSet([image.numpy() for image in images]).hash == expected


def test_what_is_no_picture_shows_its_text():
    tokens = torch.arange(12).reshape(2, 6)
    record = ProbeSet({"ids": tokens}, names=["a", "b"], texts=["good film", "bad film"]).record()
    assert (record.pictured, record.lossless, record.pictures) == (False, False, ())
    assert record.texts == ("good film", "bad film")
    assert record.names == ("a", "b")


def test_render_decides_what_is_shown():
    images, labels = digits(3)
    tokens = {"ids": torch.arange(6).reshape(3, 2)}
    words = ProbeSet(tokens, labels, render=lambda row: f"words {row['ids'].tolist()}").record()
    assert words.texts == ("words [0, 1]", "words [2, 3]", "words [4, 5]")
    grey = (images[:, 0] * 255).byte().numpy()
    for render in (
        lambda image: (image[0] * 255).byte().numpy(),
        lambda image: Image.fromarray((image[0] * 255).byte().numpy()),
    ):
        record = ProbeSet(images, labels, render=render).record()
        assert record.pictured
        assert np.array_equal(np.stack([decoded(data) for data in record.pictures]), grey)
    mixed = ProbeSet(images, render=lambda image: "dark" if image.mean() < 0.3 else grey[0])
    for probe in (ProbeSet(images, render=lambda image: image), mixed):
        with pytest.raises(ValueError, match="render returned"):
            probe.record()


def test_what_a_picture_does_not_show_is_noted_beside_the_attack():
    images = torch.randn(2, 1, 8, 8)
    attack = attacks.pairs(images, images + 1, note="brighter")
    note = ProbeSet(images, pairs=attack).record().notes[2]
    assert note.startswith("brighter; picture drawn from ")


def test_an_instance_is_in_the_slices_whose_mask_holds_it_and_an_attacked_copy_in_none():
    images = digits(3)[0]
    slices = {"night": [True, False, True], "rain": torch.tensor([0, 0, 1])}
    attack = attacks.pairs(images[:1], altered(images[:1], 1), note="x")
    probe = ProbeSet(images, slices=slices, pairs=attack)
    assert probe.slices == (("night",), (), ("night", "rain"), ())
    assert probe.record().slices == probe.slices
    assert ProbeSet(images).record().slices == ()
    assert ProbeSet(images, slices=slices).hash == ProbeSet(images).hash


def test_a_record_survives_being_written():
    images, labels = digits(5)
    slices = {"night": [True, False, True, False, True]}
    record = ProbeSet(images, labels, pairs=[(1, 0)], slices=slices).record()
    packed = record.pack()
    again = Probe.unpack(packed[0])
    assert dataclasses.replace(again, pictures=tuple(packed[1:])) == record


class Labelled(Dataset):
    """Items as dicts, with a random transform; labels only inside."""

    def __init__(self, labels: list[int]) -> None:
        self.rows = labels

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, object]:
        noise = torch.rand(()) * np.random.rand() * random.random()  # noqa: NPY002, S311
        return {"x": torch.tensor([float(index), 0.0 * float(noise)]), "label": self.rows[index]}


@pytest.mark.parametrize("as_dict", [True, False])
def test_a_sample_has_as_many_of_each_class_as_there_can_be(as_dict):
    labels = [0] * 50 + [1] * 3 + [2] * 40
    random.Random(0).shuffle(labels)  # noqa: S311
    indices = torch.arange(93.0)[:, None].repeat(1, 2)
    dataset = Labelled(labels) if as_dict else TensorDataset(indices, torch.tensor(labels))
    probe = ProbeSet.sample(dataset, n=23)
    assert np.bincount(probe.labels).tolist() == [10, 3, 10]
    inputs = probe.inputs["x"] if as_dict else probe.inputs
    places = inputs[:, 0].long().tolist()
    assert len(set(places)) == 23
    assert [labels[place] for place in places] == list(probe.labels)
    assert probe.names == tuple(map(str, places))


def test_a_sample_depends_on_the_seed_and_leaves_randomness_alone():
    dataset = Labelled([0, 1] * 30)
    torch.rand(3)
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    first, second, other = (ProbeSet.sample(dataset, n=10, seed=seed) for seed in (1, 1, 2))
    assert first.hash == second.hash != other.hash
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert random.getstate() == states[2]


def test_labels_are_read_from_the_datasets_targets():
    class Expensive(TensorDataset):
        targets = [0, 1] * 20
        read = 0

        def __getitem__(self, index: int) -> tuple[torch.Tensor, ...]:
            type(self).read += 1
            return super().__getitem__(index)

    probe = ProbeSet.sample(Expensive(torch.rand(40, 2), torch.tensor([0, 1] * 20)), n=6)
    assert Expensive.read == 6
    assert sorted(probe.labels) == [0, 0, 0, 1, 1, 1]


def test_a_dataset_without_labels_is_sampled_too():
    probe = ProbeSet.sample(torch.arange(30.0)[:, None], n=8)
    assert probe.labels == (-1,) * 8
    assert len(set(probe.inputs.flatten().tolist())) == 8


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((torch.zeros(LARGEST + 1, 1),), ValueError, r"4097 inputs, expected 1 to 4096; choose"),
        ((torch.zeros(0, 3),), ValueError, "a probe set of 0 inputs"),
        (([],), ValueError, "a probe set of 0 inputs"),
        (({"a": torch.zeros(2), "b": torch.zeros(3)},), ValueError, "one row an instance in each"),
        ((torch.tensor(1.0),), ValueError, "one row an instance"),
        (({},), ValueError, "rows none"),
        ((["text", "text"],), TypeError, "inputs hold a str"),
        (({"a": "text"},), TypeError, "inputs hold a str"),
        (
            (torch.zeros(3, 2), [1, 2]),
            ValueError,
            r"shape \[2\], expected \[batch\] with batch = 3",
        ),
        ((torch.zeros(2, 2), [0.5, 1.5]), ValueError, "soft labels"),
        ((torch.zeros(2, 2), np.ones((2, 2), dtype=int)), ValueError, r"shape \[2, 2\]"),
    ],
)
def test_wrong_inputs_and_labels_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        ProbeSet(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ["a"]}, "1 names for 2 inputs"),
        ({"notes": ["a"]}, "1 notes for 2 inputs"),
        ({"texts": ["a"] * 3}, "3 texts for 2 inputs"),
        ({"slices": {"a/b": [True, False]}}, "'a/b': a slice needs a name without '/'"),
        ({"slices": {"a": [True]}}, r"slice 'a': mask of shape \[1\], batch of 2"),
        ({"pairs": [(2, 0)]}, r"pair \(2, 0\): expected \(attacked, benign\)"),
        ({"pairs": [(1, 1)]}, r"pair \(1, 1\)"),
    ],
)
def test_wrong_columns_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        ProbeSet(torch.zeros(2, 2), **options)
