"""Attacks against closed forms on linear classifiers and exhaustive search on real digits."""

from __future__ import annotations

import itertools
import random
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from summary_ops import attacks
from summary_ops.attacks import differential_evolution

GRADIENT = (attacks.fgsm, attacks.pgd)
CONVERGED = (attacks.fgsm, partial(attacks.pgd, step_size=0.02))
DUAL = {"linf": 1, "l2": 2}  # the norm that measures the gradient, by that of the ball


class Linear(nn.Module):
    """Two classes whose logits differ by `w · pixels`, of normalized images."""

    def __init__(self, weight: Tensor, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.mean, self.std = mean.reshape(-1, 1, 1), std.reshape(-1, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        pixels = images * self.std + self.mean
        margin = (pixels * self.weight).flatten(1).sum(1)
        return torch.stack((torch.zeros_like(margin), margin), 1)


def linear(mean: float = 0.0, std: float = 1.0) -> tuple[Linear, Tensor]:
    """A linear classifier of 3 × 5 × 4 images, and six grey images normalized for it."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(3, 5, 4, generator=generator)
    offset = torch.full((3,), mean) + torch.tensor([0.0, 0.05, 0.1]) * (mean > 0)
    factor = torch.full((3,), std)
    pixels = 0.5 + 0.1 * torch.rand(6, 3, 5, 4, generator=generator)
    images = (pixels - offset.reshape(-1, 1, 1)) / factor.reshape(-1, 1, 1)
    return Linear(weight, offset, factor), images


def margins(model: Linear, images: Tensor) -> Tensor:
    return model(images).detach()[:, 1]


@pytest.fixture(scope="module")
def digits() -> tuple[nn.Module, Tensor, Tensor]:
    """A logistic regression that scikit-learn fitted, and 120 digits it has not seen."""
    found = load_digits()
    pixels = found.images.reshape(-1, 64) / 16
    fitted = LogisticRegression(C=0.1).fit(pixels[:1500], found.target[:1500])
    dense = nn.Linear(64, 10)
    with torch.no_grad():
        dense.weight.copy_(torch.tensor(fitted.coef_))
        dense.bias.copy_(torch.tensor(fitted.intercept_))
    images = torch.tensor(pixels[1500:1620], dtype=torch.float32).reshape(-1, 1, 8, 8)
    return nn.Sequential(nn.Flatten(), dense), images, torch.tensor(found.target[1500:1620])


def exhaustive(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Which images any single black or white pixel leads astray, wrong ones left out."""
    with torch.no_grad():
        right = model(images).argmax(1) == labels
        is_adversarial = torch.zeros_like(right)
        for place, value in itertools.product(range(64), (0.0, 1.0)):
            changed = images.clone()
            changed.flatten(2)[:, :, place] = value
            is_adversarial |= model(changed).argmax(1) != labels
    return right & is_adversarial


@pytest.mark.parametrize("attack", CONVERGED)
@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (0.45, 0.25)])
def test_a_linear_classifier_loses_eps_times_the_dual_norm(attack, norm, mean, std):
    model, images = linear(mean, std)
    attacked = attack(
        model, images, torch.ones(6, dtype=torch.int64), eps=0.02, norm=norm,
        mean=model.mean.flatten(), std=std,
    )  # fmt: skip
    lost = margins(model, images) - margins(model, attacked.images)
    expected = 0.02 * model.weight.detach().flatten().norm(p=DUAL[norm])
    torch.testing.assert_close(lost, expected.expand(6), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("attack", CONVERGED)
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_target_is_approached_as_fast_as_the_truth_is_left(attack, norm):
    model, images = linear()
    labels = torch.zeros(6, dtype=torch.int64)
    attacked = attack(model, images, labels, eps=0.02, norm=norm, targets=1)
    gained = margins(model, attacked.images) - margins(model, images)
    expected = 0.02 * model.weight.detach().flatten().norm(p=DUAL[norm])
    torch.testing.assert_close(gained, expected.expand(6), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("attack", GRADIENT)
@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_attacked_images_stay_in_the_ball_and_in_the_value_range(attack, norm, digits):
    model, images, labels = digits
    attacked = attack(model, images, labels, eps=0.3, norm=norm)
    change = (attacked.images - images).flatten(1)
    size = change.abs().amax(1) if norm == "linf" else change.norm(dim=1)
    assert size.max() <= 0.3 + 1e-5
    assert attacked.images.min() >= 0
    assert attacked.images.max() <= 1
    assert attacked.success.sum() > 10


def test_pixels_of_another_range_are_attacked_alike(digits):
    model, images, labels = digits
    scaled = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    scaled[1].weight.data = model[1].weight.detach() / 200
    scaled[1].bias.data = model[1].bias.detach() + model[1].weight.detach().sum(1) / 2
    wide = (images - 0.5) * 200
    plain = attacks.fgsm(model, images, labels, eps=0.1)
    other = attacks.fgsm(scaled, wide, labels, eps=20, value_range=(-100, 100))
    torch.testing.assert_close(other.images / 200 + 0.5, plain.images, rtol=0, atol=1e-5)


def test_an_image_falls_exactly_when_the_boundary_is_within_the_radius():
    model, images = linear()
    scattered = (images + 0.4 * torch.randn(images.shape)).clamp(0, 1)
    margin = margins(model, scattered)
    distance = margin.abs() / model.weight.detach().norm()
    eps = float(distance.sort().values[2:4].mean())
    found = attacks.pgd(
        model, scattered, (margin > 0).long(), norm="l2", eps=eps, value_range=(-9, 9), steps=80
    )
    assert torch.equal(found.success, distance < eps)
    assert found.success.sum() == 3


def test_a_confident_model_still_has_a_gradient():
    model, images = linear()
    model.weight.data *= 1e4  # probabilities are exactly 0 and 1 in float32
    labels = (margins(model, images) > 0).long()
    attacked = attacks.fgsm(model, images, labels, eps=0.02)
    assert (attacked.images != images).all()


def test_one_pixel_finds_what_exhaustive_search_finds(digits):
    model, images, labels = digits
    expected = exhaustive(model, images, labels)
    found = attacks.one_pixel(model, images, labels)
    assert expected.sum() > 20
    assert torch.equal(found.success, expected)


@pytest.mark.parametrize("pixels", [1, 2, 5])
def test_exactly_as_many_pixels_differ_as_were_asked_for(pixels, digits):
    model, images, labels = digits
    found = attacks.one_pixel(
        model, images[:40], labels[:40], pixels=pixels, population=20, generations=5
    )
    tried = found.before == found.labels
    assert (found.changed.sum((1, 2))[tried] == pixels).all()
    assert not found.changed[~tried].any()


def test_one_pixel_reaches_the_target(digits):
    model, images, labels = digits
    targets = (labels + 3) % 10
    found = attacks.one_pixel(
        model, images, labels, pixels=4, targets=targets, population=40
    ).successful()
    assert len(found) > 5
    again = model(found.images).argmax(1)
    assert torch.equal(again, targets[found.index])
    assert torch.equal(found.after, again)


def test_changed_pixels_are_8_bit_colours_of_the_declared_normalization():
    model, images = linear(0.45, 0.25)
    labels = (margins(model, images) > 0).long()
    found = attacks.one_pixel(
        model, images, labels, mean=model.mean.flatten(), std=0.25, population=20, generations=2
    )
    pixels = (found.images * model.std + model.mean).movedim(1, 3)[found.changed]
    levels = pixels * 255
    torch.testing.assert_close(levels, levels.round(), rtol=0, atol=1e-3)


def test_the_seed_decides(digits):
    model, images, labels = digits
    for attack in (attacks.one_pixel, attacks.pgd):
        first, second, other = (
            attack(model, images[:20], labels[:20], seed=seed).images for seed in (3, 3, 4)
        )
        assert torch.equal(first, second)
        assert not torch.equal(first, other)


def test_queries_are_what_the_model_was_asked(digits):
    model, images, labels = digits
    asked = []
    handle = model.register_forward_pre_hook(lambda _, args: asked.append(len(args[0])))
    for attack in (attacks.one_pixel, attacks.pgd, attacks.fgsm):
        asked.clear()
        found = attack(model, images[:30], labels[:30])
        final = 30  # one look at what came out
        assert int(found.queries.sum()) + final == sum(asked)
    handle.remove()


@pytest.mark.parametrize("attack", [attacks.one_pixel, *GRADIENT])
def test_the_model_and_all_randomness_are_left_as_they_were(attack):
    images, labels = torch.rand(6, 1, 8, 8), torch.arange(6)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(144, 10)
    ).train()
    model[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    states = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    with torch.no_grad():
        attack(model, images, labels)
    assert [module.training for module in model.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert images.grad is None
    assert not images.requires_grad
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1][1])  # noqa: NPY002
    assert random.getstate() == states[2]


def test_images_of_inference_mode_can_be_attacked(digits):
    model, images, labels = digits
    with torch.inference_mode():
        attacked = attacks.pgd(model, images.clone(), labels, eps=0.3)
    assert torch.equal(attacked.images, attacks.pgd(model, images, labels, eps=0.3).images)


def test_images_that_are_wrong_anyway_are_no_success(digits):
    model, images, labels = digits
    wrong = (model(images).argmax(1) + 1) % 10
    found = attacks.one_pixel(model, images, wrong)
    assert not found.success.any()
    assert torch.equal(found.images, images)
    assert not attacks.fgsm(model, images, wrong).success.any()
    assert len(found.successful()) == 0
    del labels


def test_a_single_logit_is_the_second_of_two_classes():
    model, images = linear()
    labels = (margins(model, images) > 0).long()
    single = nn.Sequential()
    single.forward = lambda images: model(images)[:, 1]
    one, two = (attacks.fgsm(m, images, labels, eps=0.3) for m in (single, model))
    assert torch.equal(one.images, two.images)
    assert torch.equal(one.after, two.after)


def test_an_attack_keeps_its_place_in_a_larger_batch(digits):
    model, images, labels = digits
    chosen = torch.tensor([7, 3, 50, 20])
    found = attacks.fgsm(model, images[chosen], labels[chosen], eps=0.3).within(chosen)
    kept = found.at([2, 0])
    assert kept.index.tolist() == [50, 7]
    assert torch.equal(kept.benign, images[[50, 7]])


def test_pairs_of_another_library_need_only_images(digits):
    _, images, labels = digits
    other = images.flip(-1)
    made = attacks.pairs(images, other, labels, note="mirrored")
    assert torch.equal(made.images, other)
    assert made.success.all()
    assert made.note == "mirrored"
    assert made.before.tolist() == [-1] * len(images)
    part = attacks.pairs(images[:2], other[:2], note="x", success=[True, False], index=[5, 6])
    assert part.successful().index.tolist() == [5]
    with pytest.raises(ValueError, match=r"attacked images of shape \[3, 1, 8, 8\], expected"):
        attacks.pairs(images, other[:3], note="mirrored")
    with pytest.raises(ValueError, match=r"labels of shape \[3\], expected \[120\]"):
        attacks.pairs(images, other, labels[:3], note="mirrored")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": torch.zeros(2, 8, 8)}, r"shape \[2, 8, 8\], expected a floating tensor"),
        ({"images": torch.zeros(2, 1, 8, 8).byte()}, "torch.uint8"),
        ({"images": torch.zeros(0, 1, 8, 8)}, "nothing to attack"),
        ({"images": torch.full((2, 1, 8, 8), 7.0)}, "pixels from 7 to 7, expected 0 to 1; say how"),
        ({"labels": [1, 2, 3]}, r"shape \[3\], expected class indices of shape \[2\]"),
        ({"labels": [1, -1]}, "labels from -1 to 1, but the model has 10 classes"),
        ({"labels": [1.0, 2.0]}, "expected class indices"),
        ({"targets": [5, 1]}, "image 1: the target 1 is its true class"),
        ({"targets": 10}, "targets from 10 to 10"),
        ({"mean": [0.1, 0.2]}, "mean has 2 values, the images have 1 channels"),
        ({"std": 0.0}, "expected positive"),
        ({"value_range": (1, 0)}, "expected low < high"),
    ],
)
@pytest.mark.parametrize("attack", [attacks.one_pixel, *GRADIENT])
def test_wrong_arguments_are_named(attack, change, message, digits):
    given = {"images": torch.zeros(2, 1, 8, 8), "labels": [0, 1], **change}
    with pytest.raises(ValueError, match=message):
        attack(digits[0], **given)


@pytest.mark.parametrize(
    ("attack", "argument", "message"),
    [
        (attacks.pgd, {"norm": "l1"}, "norm='l1', expected 'linf' or 'l2'"),
        (attacks.pgd, {"steps": 0}, "steps=0"),
        (attacks.fgsm, {"eps": -1.0}, "eps=-1.0, expected a positive radius"),
        (attacks.one_pixel, {"pixels": 65}, "pixels=65, expected 1 to 64"),
        (attacks.one_pixel, {"population": 3}, "population=3"),
    ],
)
def test_wrong_budgets_are_named(attack, argument, message, digits):
    with pytest.raises(ValueError, match=message):
        attack(digits[0], torch.zeros(2, 1, 8, 8), [0, 1], **argument)


def test_a_model_without_logits_is_refused():
    with pytest.raises(ValueError, match=r"expected logits of shape \[2, classes\]"):
        attacks.fgsm(nn.Conv2d(1, 3, 3), torch.zeros(2, 1, 8, 8), [0, 1])


def test_differential_evolution_finds_the_minimum_of_every_problem():
    generator = torch.Generator().manual_seed(0)
    goals = torch.rand(5, 3, generator=generator)

    def cost(active: Tensor, candidates: Tensor) -> tuple[Tensor, Tensor]:
        away = (candidates - goals[active][:, None]).norm(dim=2)
        return away, away < 0.01

    first = torch.rand(5, 40, 3, generator=generator)
    found = differential_evolution.minimize(cost, first, generations=200, generator=generator)
    assert found.solved.all()
    assert (found.genes - goals).norm(dim=1).max() < 0.01
    assert (found.evaluations < 40 * 200).all()


def test_parents_are_three_different_others():
    shifts = torch.stack(
        differential_evolution._distinct(50, 4, torch.Generator().manual_seed(0))
    ).flatten(1)
    assert shifts.min() == 1
    assert shifts.max() == 3
    assert shifts.sort(0).values.T.unique(dim=0).tolist() == [[1, 2, 3]]
