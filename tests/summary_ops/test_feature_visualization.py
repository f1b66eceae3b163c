"""Pictures that excite units: they do, they differ, and the model stays as it was."""

from __future__ import annotations

import copy
import functools
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from summary_ops.jobs.feature_visualization import feature_visualization
from summary_ops.jobs.feature_visualization.layer_activation import LayerActivation
from summary_ops.jobs.feature_visualization.objective import similarity
from summary_ops.jobs.feature_visualization.optimize import excitation
from tests.recording import RUNS, Network, digits, train
from tests.summary_ops.networks import Vgg

SHAPE = (1, 8, 8)
HIDDEN = "classifier.1"


@functools.cache
def trained() -> Network:
    """A network that reads digits."""
    network = Network()
    for _, found in train(*RUNS["plain"]):
        network = found
    return network.eval()


def seeded(*, inplace: bool = False) -> Vgg:
    torch.manual_seed(1)
    return Vgg(inplace=inplace)


def climb(model: nn.Module, layer: str, units, shape=SHAPE, **options) -> Tensor:
    options = {"steps": 4, "facets": 2, "progress": False, **options}
    return feature_visualization(model, layer, units, input_shape=shape, **options)


def excited(model: nn.Module, layer: str, pictures: Tensor) -> Tensor:
    """Each picture's units, `[…, units]`."""
    own = excitation(
        LayerActivation(model, layer, None), pictures.reshape(-1, *pictures.shape[-3:])
    )
    return own.view(*pictures.shape[:-3], -1)


class TestPicturesOfATrainedNetwork:
    def test_excite_a_unit_that_no_input_of_the_probe_set_excites(self):
        images, _ = digits()
        network = trained()
        highest = excited(network, HIDDEN, images[1000:1300]).amax(0)
        silent = (highest == 0).nonzero()[:, 0].tolist()
        assert silent
        pictures = climb(network, HIDDEN, silent, steps=128, facets=4)
        own = excited(network, HIDDEN, pictures)[torch.arange(len(silent)), :, silent]
        assert (own.amax(1) > 0).any()

    def test_differ_more_than_those_of_several_seeds_do(self):
        network, units = trained(), [3, 7, 11, 20]
        options = {"steps": 64, "facets": 3}
        apart = climb(network, HIDDEN, units, diversity=0.5, **options)
        alone = climb(network, HIDDEN, units, diversity=0, **options)
        seeds = torch.stack(
            [
                climb(network, HIDDEN, units, steps=64, facets=1, seed=seed)[:, 0]
                for seed in range(3)
            ],
            1,
        )

        def alike(pictures: Tensor) -> float:
            return float(similarity(excited(network, HIDDEN, pictures)[..., None]).mean())

        assert alike(apart) < min(alike(alone), alike(seeds)) - 0.1

    def test_rise_with_the_steps(self):
        network = trained()
        after = [
            excited(network, "classifier.4", climb(network, "classifier.4", range(10), steps=n))
            for n in (1, 8, 64)
        ]
        means = [float(own.diagonal(dim1=0, dim2=2).mean()) for own in after]
        assert means == sorted(means)


class TestTheModelStaysAsItWas:
    @pytest.mark.parametrize("training", [True, False])
    def test_with_its_weights_gradients_modes_and_random_states(self, training):
        model = Vgg()
        model.train(training)
        model.classifier[0].weight.grad = torch.ones_like(model.classifier[0].weight)
        before = copy.deepcopy(model.state_dict())
        states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
        climb(model, "features.5", [0, 1])
        assert all(torch.equal(value, model.state_dict()[key]) for key, value in before.items())
        assert all(module.training == training for module in model.modules())
        assert all(parameter.requires_grad for parameter in model.parameters())
        gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
        assert list(gradients) == ["classifier.0.weight"]
        assert (gradients["classifier.0.weight"] == 1).all()
        assert torch.equal(states[0], torch.get_rng_state())
        assert (states[1] == np.random.get_state()[1]).all()  # noqa: NPY002
        assert states[2] == random.getstate()
        assert not any(module._forward_hooks for module in model.modules())

    def test_and_without_gradients_if_it_is_frozen(self):
        model = Vgg().requires_grad_(requires_grad=False)
        pictures = climb(model, "features.5", [2], steps=32)
        start = climb(model, "features.5", [2], steps=1)
        own = [excited(model, "features.5", p)[..., 2].mean() for p in (start, pictures)]
        assert own[0] < own[1]
        assert not any(parameter.requires_grad for parameter in model.parameters())

    def test_when_the_layer_does_not_exist(self):
        model = Vgg().train()
        with pytest.raises(ValueError, match="no layer named nothing"):
            climb(model, "nothing", [0])
        assert model.training


class TestTheSamePictures:
    def test_come_from_the_same_seed(self):
        one, two, other = (climb(seeded(), "features.5", [1, 4], seed=s) for s in (5, 5, 6))
        assert torch.equal(one, two)
        assert not torch.equal(one, other)

    @pytest.mark.parametrize(
        "around",
        [
            torch.no_grad,
            torch.inference_mode,
            lambda: torch.autocast("cpu", torch.bfloat16),
        ],
        ids=["no_grad", "inference_mode", "autocast"],
    )
    def test_come_out_whatever_is_around(self, around):
        plain = climb(seeded(), "features.5", [1])
        model = seeded()
        with around():
            assert torch.equal(climb(model, "features.5", [1]), plain)

    def test_come_from_a_model_with_operations_in_place(self):
        for layer in ("features.0", "features.2", "features.4", "features.5", "classifier.0"):
            one = climb(seeded(), layer, [1, 3])
            two = climb(seeded(inplace=True), layer, [1, 3])
            assert torch.equal(one, two), layer

    def test_are_begun_for_a_unit_whichever_the_others_are(self):
        together = climb(seeded(), "features.5", [1, 4, 6])
        alone = climb(seeded(), "features.5", [4])
        torch.testing.assert_close(together[1], alone[0], atol=1e-3, rtol=0)


class Any2d(nn.Module):
    """Takes images of any size and number of channels, and keeps what it was given."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 6, 3, padding=1)
        self.head = nn.Linear(6, 4)
        self.given: list[Tensor] = []

    def forward(self, images: Tensor) -> Tensor:
        self.given.append(images.detach())
        return self.head(F.relu(self.conv(images)).mean((2, 3)))


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [(8, 8), (32, 32), (12, 20)])
def test_pictures_have_the_shape_and_the_values_that_the_model_takes(channels, size):
    model = Any2d(channels)
    mean, std = torch.linspace(90, 130, channels), torch.linspace(50, 70, channels)
    pictures = climb(
        model,
        "head",
        [0, 3, 2],
        (channels, *size),
        mean=mean,
        std=std,
        value_range=(0, 255),
        facets=4,
    )
    assert pictures.shape == (3, 4, channels, *size)
    assert 0 <= pictures.min() < pictures.max() <= 1
    given = torch.cat(model.given).movedim(1, -1) * std + mean
    assert given.min() >= -1e-3
    assert given.max() <= 255 + 1e-3
    assert given.max() - given.min() > 5


def test_no_unit_gives_no_picture():
    assert climb(Vgg(), "features.5", []).shape == (0, 2, 1, 8, 8)


def test_a_half_precision_model_is_given_what_it_takes():
    model = Any2d(3).to(torch.bfloat16)
    pictures = climb(model, "head", [1], (3, 8, 8))
    assert pictures.dtype == torch.float32
    assert model.given[-1].dtype == torch.bfloat16


def test_layers_of_later_calls_and_token_layers_have_units_too():
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 3, padding=1)
            self.mix = nn.Linear(2, 5)

        def forward(self, images: Tensor) -> Tensor:
            return self.mix(self.conv(self.conv(images)).flatten(2).transpose(1, 2))

    model = Twice()
    image = torch.rand(3, 2, 6, 6)
    twice = model.conv(model.conv(image))
    torch.testing.assert_close(excited(model, "conv:1", image), twice.mean((2, 3)).detach())
    torch.testing.assert_close(excited(model, "mix", image), model(image).mean(1).detach())
    assert climb(model, "conv:1", [1], (2, 6, 6)).shape == (1, 2, 2, 6, 6)
    with pytest.raises(ValueError, match="layer conv:2 does not run"):
        climb(model, "conv:2", [0], (2, 6, 6))


class TestWhatCannotBe:
    def test_a_unit_that_is_not_there(self):
        with pytest.raises(ValueError, match=r"unit 8 of layer features\.5, expected 0 to 7"):
            climb(Vgg(), "features.5", [2, 8])

    def test_a_model_of_tokens(self):
        class Tokens(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.embedding = nn.Embedding(10, 4)
                self.head = nn.Linear(4, 3)

            def forward(self, tokens: Tensor) -> Tensor:
                return self.head(self.embedding(tokens))

        with pytest.raises(ValueError, match=r"the model takes no images of shape \[1, 1, 8, 8\]"):
            climb(Tokens(), "head", [0])
        with pytest.raises(ValueError, match=r"input_shape=\(16,\), expected \(channels, height"):
            climb(Tokens(), "head", [0], (16,))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"steps": 0}, "steps=0: expected positive"),
            ({"facets": 0}, "facets=0"),
            ({"mean": (0.1, 0.2)}, "mean has 2 values, the images have 1 channels"),
            ({"std": 0.0}, "expected positive numbers"),
            ({"value_range": (1, 0)}, "expected low < high"),
            ({"shape": (3, 8, 8)}, r"takes no images of shape \[1, 3, 8, 8\]"),
        ],
    )
    def test_arguments_that_contradict(self, options, message):
        with pytest.raises(ValueError, match=message):
            climb(Vgg(), "features.5", [0], **options)
