"""Strips against closed forms of a linear model, and against autograd on a trained one."""

from __future__ import annotations

import copy
import math
import random

import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax
from torch import Tensor, nn

from summary_ops import adversarial_strip, adversarial_strips
from summary_ops.jobs.strips import frames
from summary_ops.jobs.strips.directions import at_random, blur
from tests.recording import digits
from tests.summary_ops.networks import Vgg
from tests.summary_ops.strip_subjects import Linear, trained

DUAL = {"l2": 2, "linf": 1}  # the norm that measures the gradient, by that of the change
LAYERS = ["features.1", "classifier.3", "classifier.4"]
CHOSEN = (0, 1, 22, 43)
TOWARDS = (3, 6, 4, 4)
UNIT = ("features.4", 5)


def images_of(*instances: int) -> tuple[Tensor, Tensor]:
    images, labels = digits()
    return images[1000:][list(instances)], labels[1000:][list(instances)]


def strips_of(targets=TOWARDS, instances=CHOSEN, **options):
    images, labels = images_of(*instances)
    options = {"steps": 24, "layers": LAYERS, "progress": False, **options}
    return adversarial_strips(trained(), images, targets, labels=labels, **options)


@pytest.fixture(scope="module")
def strips():
    return strips_of()


@pytest.mark.parametrize("norm", ["l2", "linf"])
@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.45, 0.25)])
def test_a_linear_model_gains_the_radius_times_the_dual_norm_in_equal_steps(norm, mean, std):
    model = Linear(mean=mean, std=std)
    found = adversarial_strips(
        model, model.images(), [1, 0], radius=0.2, steps=10, norm=norm, smoothing=0,
        mean=mean, std=std, progress=False,
    )  # fmt: skip
    gain = 0.2 * model.weight.detach().flatten().norm(p=DUAL[norm])
    for strip in found:
        torch.testing.assert_close(
            strip.effect - strip.effect[0], gain * torch.arange(11) / 10, rtol=1e-4, atol=1e-4
        )
        assert (strip.effect.diff() > 0).all()
        size = strip.l2 if norm == "l2" else strip.linf
        torch.testing.assert_close(size, 0.2 * torch.arange(11) / 10, rtol=1e-4, atol=1e-5)


def test_a_linear_model_flips_where_its_margin_is_used_up():
    model = Linear()
    image = model.images(1)[0]
    margin = float(model(image[None]).detach()[0, 1])
    a_step = 0.3 / 50 * float(model.weight.detach().norm())
    for steps_to_go in (0.5, 7.5, 48.5, 51.5):
        model.bias = -margin - steps_to_go * a_step
        strip = adversarial_strip(
            model, image, 1, radius=0.3, steps=50, smoothing=0, value_range=(-1, 2), progress=False
        )
        expected = math.ceil(steps_to_go) if steps_to_go < 50 else -1
        assert strip.flip == expected
        assert expected == -1 or expected in strip.frame


def test_saliency_of_a_linear_model_is_its_weight_times_the_change():
    model = Linear()
    strip = adversarial_strip(model, model.images(1)[0], 1, radius=0.2, steps=5, progress=False)
    expected = (model.weight.detach() * strip.difference).abs().sum(1)
    torch.testing.assert_close(strip.saliency, expected, rtol=1e-3, atol=1e-6)


def test_pixels_of_another_range_give_the_same_strip():
    plain, scaled = Linear(), Linear()
    scaled.weight.data /= 200
    options = {"steps": 8, "smoothing": 0.5, "progress": False}
    image = plain.images(1)[0]
    one = adversarial_strip(plain, image, 1, radius=0.3, **options)
    other = adversarial_strip(scaled, image * 200, 1, radius=60, value_range=(0, 200), **options)
    torch.testing.assert_close(other.images / 200, one.images, rtol=0, atol=1e-5)
    torch.testing.assert_close(other.l2 / 200, one.l2, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(other.effect, one.effect, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(other.saliency, one.saliency, rtol=1e-3, atol=1e-5)


def test_effect_and_probability_are_those_of_the_model(strips):
    for strip, target in zip(strips, TOWARDS, strict=True):
        scores = trained()(strip.images).detach().double().numpy()
        others = np.delete(scores, target, 1)
        expected = scores[:, target] - logsumexp(others, 1)
        np.testing.assert_allclose(strip.effect[strip.frame], expected, rtol=1e-4, atol=1e-4)
        chance = softmax(scores, 1)[:, strip.classes]
        np.testing.assert_allclose(strip.probability[strip.frame], chance, atol=1e-5)
        assert strip.prediction.tolist() == scores.argmax(1).tolist()


def test_classes_are_the_target_the_first_prediction_and_the_label(strips):
    for strip, target in zip(strips, TOWARDS, strict=True):
        asked = [target, int(strip.prediction[0]), strip.label]
        assert list(strip.classes) == list(dict.fromkeys(asked))


def test_the_flip_is_the_first_step_at_which_the_target_is_predicted(strips):
    for strip, target in zip(strips, TOWARDS, strict=True):
        assert strip.flip > 0
        assert strip.flip in strip.frame
        hit = strip.prediction == target
        assert torch.equal(hit, strip.frame >= strip.flip)
    assert strips_of([9], [22], steps=2)[0].flip == 0  # predicted from the beginning


def test_saliency_is_gradient_times_change(strips):
    for strip, target in zip(strips, TOWARDS, strict=True):
        leaf = strip.images.clone().requires_grad_()
        scores = trained()(leaf)
        others = scores[:, [label for label in range(10) if label != target]]
        (slope,) = torch.autograd.grad((scores[:, target] - others.logsumexp(1)).sum(), leaf)
        expected = (slope * (strip.images - strip.images[0])).abs().sum(1)
        torch.testing.assert_close(strip.saliency, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_random_changes_have_the_norms_of_the_others(norm):
    for strip in strips_of(norm=norm):
        change = (strip.control - strip.images[:1]).flatten(1)
        size = change.norm(dim=1) if norm == "l2" else change.abs().amax(1)
        expected = (strip.l2 if norm == "l2" else strip.linf)[strip.frame]
        torch.testing.assert_close(size, expected, rtol=1e-4, atol=1e-5)
        assert strip.control.min() >= 0
        assert strip.control.max() <= 1
        chance = trained()(strip.control).detach().softmax(1)[:, list(strip.classes)]
        torch.testing.assert_close(
            strip.control_probability[strip.frame], chance, rtol=1e-3, atol=1e-5
        )
        assert strip.control_effect[-1] < strip.effect[-1]


def test_a_random_change_goes_as_far_as_there_is_room():
    start = torch.tensor([[[0.0, 0.5], [1.0, 0.9]]])
    found = at_random(start, torch.tensor([0.0, 0.1, 99.0]), "l2", 0.0, 0)
    change = (found - start).flatten(1)
    assert not change[0].any()
    torch.testing.assert_close(change[1].norm(), torch.tensor(0.1))
    assert set(found[2].flatten().tolist()) <= {0.0, 1.0}


def test_strips_end_where_the_model_is_sure_by_default(strips):
    for strip in strips:
        assert strip.probability[-1, 0] > 0.95
        assert strip.probability[-6, 0] < 0.995
        assert strip.l2[-1] <= strip.radius + 1e-5
    unit = strips_of([UNIT], [0])[0]
    assert unit.radius == pytest.approx(0.05 * 8)


@given(
    st.lists(st.floats(-10, 10, width=32), min_size=2, max_size=40),
    st.integers(2, 9),
    st.integers(-1, 39),
)
def test_frames_are_where_equidistant_values_are_first_reached(values, count, flip):
    flip = min(flip, len(values) - 1)
    effect = np.maximum.accumulate(np.array(values, np.float64))
    found = frames.choose(torch.tensor(values), count, flip)
    low, high = effect[0], effect[-1]
    expected = {0, max(flip, 0)}
    if high > low:
        parts = np.arange(1, count) / (count - 1)
        slack = 1e-9 * (high - low)
        expected |= {int(np.argmax(effect >= low + part * (high - low) - slack)) for part in parts}
    else:
        expected.add(len(values) - 1)
    assert found == sorted(expected)


@pytest.mark.parametrize("values", [[np.nan, 1, 2], [0, np.inf, 1], [3, 2, 1], [1, 1, 1]])
def test_an_effect_that_never_rises_or_is_none_shows_both_ends(values):
    assert frames.choose(torch.tensor(values, dtype=torch.float32), 8, -1) == [0, 2]


def test_the_seed_decides_the_random_direction_alone(strips):
    again, other = strips_of(), strips_of(seed=4)
    for one, same, another in zip(strips, again, other, strict=True):
        for name, value in vars(one).items():
            if isinstance(value, Tensor):
                torch.testing.assert_close(vars(same)[name], value, rtol=0, atol=0, equal_nan=True)
        assert torch.equal(another.images, one.images)
        assert not torch.equal(another.control, one.control)


def test_images_do_not_depend_on_those_beside_them(strips):
    targets = [*TOWARDS, UNIT, "seven"]
    mixed = strips_of(targets, [*CHOSEN, 0, 72], classes=[*"0123456", "seven", *"89"])
    for one, beside in zip(strips, mixed, strict=False):
        torch.testing.assert_close(beside.effect, one.effect, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(beside.l2, one.l2, rtol=1e-3, atol=1e-4)
    assert [strip.target for strip in mixed[4:]] == ["unit:5/features.4", "class:7"]
    alone = adversarial_strip(
        trained(), images_of(0)[0][0], 3, label=1, steps=24, layers=LAYERS, progress=False
    )
    torch.testing.assert_close(alone.effect, strips[0].effect, rtol=1e-3, atol=1e-3)


class TestUnits:
    def test_a_units_effect_is_its_mean_activation(self):
        (strip,) = strips_of([UNIT], [0])
        expected = trained().features[:5](strip.images)[:, 5].mean((1, 2)).detach()
        torch.testing.assert_close(strip.effect[strip.frame], expected, rtol=1e-4, atol=1e-5)
        assert strip.effect[-1] > strip.effect[0] + 0.05
        assert (strip.flip, strip.target) == (-1, "unit:5/features.4")
        assert strip.classes == (1,)  # predicted, and the label

    def test_that_are_silent_wake(self):
        image = images_of(0)[0]
        activation = trained().classifier[:2](trained().features(image))[0]
        silent = int((activation == 0).nonzero()[0, 0])
        (strip,) = strips_of([("classifier.1", silent)], [0], radius=4.0)
        assert strip.effect[0] == 0
        assert strip.l2[-1] > 0

    def test_those_that_change_most_are_told(self, strips):
        for strip in strips:
            assert strip.layers == tuple(LAYERS)
            parts = trained().features[:2](strip.images), trained()(strip.images)
            for row, values in ((0, parts[0].amax((2, 3))), (2, parts[1])):
                change = (values - values[0]).abs().amax(0).detach()
                assert strip.unit[row].tolist() == change.topk(5).indices.tolist()
                torch.testing.assert_close(
                    strip.activation[row], values[:, strip.unit[row]].T.detach()
                )

    def test_layers_with_fewer_units_are_filled_up(self):
        model = Linear()
        head = nn.Sequential(model, nn.Identity())
        strip = adversarial_strip(head, model.images(1)[0], 1, layers=["1"], progress=False)
        assert sorted(strip.unit[0, :2].tolist()) == [0, 1]
        assert strip.activation[0, :2].isfinite().all()
        assert strip.activation[0, 2:].isnan().all()


class TestSmoothing:
    @pytest.mark.parametrize("sigma", [1.0, 3.0])
    def test_is_a_gaussian_blur(self, sigma):
        picture = torch.rand(2, 3, 24, 17, dtype=torch.float64)
        expected = scipy.ndimage.gaussian_filter(
            picture.numpy(), sigma, mode="reflect", axes=(2, 3), truncate=8
        )
        np.testing.assert_allclose(blur(picture, sigma), expected, atol=0.02)

    def test_keeps_constants_and_points_upwards(self):
        for sigma in (0.3, 2.0, 9.0):
            noise = torch.randn(5, 1, 9, 6, dtype=torch.float64)
            assert ((blur(noise, sigma) * noise).sum((1, 2, 3)) > 0).all()
            flat = torch.full((1, 1, 9, 6), 0.7, dtype=torch.float64)
            torch.testing.assert_close(blur(flat, sigma), flat)

    def test_makes_changes_of_low_frequency(self):
        rough, smooth = (strips_of(smoothing=sigma) for sigma in (0.0, 2.0))
        for one, other in zip(rough, smooth, strict=True):
            assert _roughness(other.difference[1]) < 0.7 * _roughness(one.difference[1])
            assert other.probability[-1, 0] > 0.9


def _roughness(picture: Tensor) -> float:
    steps = picture.diff(dim=1).square().sum() + picture.diff(dim=2).square().sum()
    return float(steps / picture.square().sum())


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_the_model_and_all_randomness_are_left_as_they_were(mode):
    torch.manual_seed(1)
    model = Vgg(inplace=True).train()
    model.features[0].weight.requires_grad_(False)
    model.features[1].eval()
    before = copy.deepcopy(model.state_dict())
    modes = [module.training for module in model.modules()]
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    images = digits()[0][:2]
    with mode():
        for target in (3, ("features.0", 1)):
            adversarial_strips(model, images, [target] * 2, steps=2, progress=False)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert not model.features[0].weight.requires_grad
    assert not any(module._forward_hooks for module in model.modules())
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1][1])  # noqa: NPY002
    assert random.getstate() == states[2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": torch.rand(2, 2, 8, 8)}, r"shape \[2, 2, 8, 8\], expected .* 1 or 3 channels"),
        ({"images": torch.rand(2, 64)}, r"shape \[2, 64\], expected \[N, channels"),
        ({"images": torch.rand(2, 1, 8, 8) * 9}, "say how the inputs were normalized with mean="),
        ({"targets": [3]}, "2 images, 1 targets"),
        ({"targets": [10, 3]}, "target class:10, expected one of the 10 classes"),
        ({"targets": ["seven", 3]}, "target 'seven' is no class; known names: none"),
        ({"targets": [2.5, 3]}, "target 2.5, expected a class"),
        ({"targets": [("features.4", 24), 3]}, "expected one of the 24 units of layer features.4"),
        ({"targets": [("features.9", 1), 3]}, "no strips towards units of layer features.9"),
        ({"norm": "l1"}, "norm='l1', expected 'l2' or 'linf'"),
        ({"radius": 0.0}, "radius=0.0, expected a positive number"),
        ({"steps": 0}, "steps=0"),
        ({"frames": 1}, "frames=1"),
        ({"smoothing": -1.0}, "smoothing=-1.0"),
        ({"labels": [1]}, "1 labels"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    given = {"images": torch.rand(2, 1, 8, 8), "targets": [3, 4], "progress": False, **change}
    with pytest.raises(ValueError, match=message):
        adversarial_strips(trained(), **given)


def test_one_image_has_no_batch_axis():
    with pytest.raises(ValueError, match=r"expected \[channels, height, width\]"):
        adversarial_strip(trained(), torch.rand(1, 1, 8, 8), 3)


def test_a_model_without_logits_is_refused():
    model = nn.Sequential(nn.Conv2d(1, 2, 3))
    with pytest.raises(ValueError, match=r"expected logits of shape \[1, classes\]"):
        adversarial_strip(model, torch.rand(1, 8, 8), 0, progress=False)
