"""The demo does what it says; scikit-learn's digits stand for the larger images."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image
from torch import nn

from summary_ops import ProbeSet
from tensorboard_neural.cli import main
from tensorboard_neural.demo import (
    attacking,
    data,
    demo,
    network,
    photographs,
    pretrained,
    training,
)
from tests.logs import subject
from tests.pages import model_of
from tests.servers import Page, start_python

RUNS = ("plain", "augmented")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """A page on what a demo of a hundred steps recorded."""
    logdir = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "STEPS", 100)
        sizes = {"RECORDS": 5, "EVALUATED": 200, "PROBED": 60, "INSTANCES": 1}
        less = {"PICTURES": {"facets": 1, "steps": 8}, "STRENGTHS": (0.1,)}
        for name, value in (sizes | less).items():
            patch.setattr(demo, name, value)
        demo.run_trainings(data.digits(), logdir)
    return Page(start_python(logdir))


def test_both_runs_have_the_same_probe_set_at_the_same_steps_from_0_on(page):
    plain, augmented = (model_of(page, run) for run in ("plain", "augmented"))
    assert plain["probe"] == augmented["probe"]
    assert plain["steps"] == plain["probeSteps"] == augmented["steps"] == augmented["probeSteps"]
    assert plain["steps"][0] == 0
    assert plain["steps"][-1] == 100
    assert [model["run"] for model in page.json("index")["models"]] == ["augmented", "plain"]


def test_both_runs_start_from_the_same_weights_and_then_part(page):
    assert model_of(page, "plain")["weights"] == model_of(page, "augmented")["weights"]
    first, last = (
        [page.arrays("predictions", run=run, model="model", step=step)[0]["margin"] for run in RUNS]
        for step in (0, 100)
    )
    assert np.array_equal(*first)
    assert not np.allclose(*last)


def test_attacked_copies_lead_the_plain_network_astray_by_one_pixel(page):
    instances = page.json("instances", run="plain", model="model")["instances"]
    predicted = page.arrays("predictions", run="plain", model="model", step=100)[0]["top"][:, 0]
    attacked = [number for number, instance in enumerate(instances) if instance["pair"] >= 0]
    assert len(attacked) > 3
    for number in attacked:
        instance = instances[number]
        assert predicted[instance["pair"]] == instance["label"] != predicted[number]
        images = [
            np.asarray(Image.open(io.BytesIO(answer.data)))
            for answer in (
                page.get("thumbnail", run="plain", model="model", instance=which)
                for which in (number, instance["pair"])
            )
        ]
        assert (images[0] != images[1]).sum() == 1
        assert instance["note"] == "one-pixel attack, 1 pixel"


@pytest.mark.parametrize("run", RUNS)
def test_attacked_images_are_a_subset_beside_the_classes(page, run):
    pairs = [row["pair"] for row in page.json("instances", run=run, model="model")["instances"]]
    for step in model_of(page, run)["steps"]:
        attacked = page.arrays(
            "distributions", layer="classifier.2", s=subject(run, step, "slice:attacked")
        )
        everything = page.arrays("distributions", layer="classifier.2", s=subject(run, step, "all"))
        assert attacked[1]["subjects"][0]["inputs"] == sum(pair >= 0 for pair in pairs)
        assert everything[1]["subjects"][0]["inputs"] == 200


@pytest.mark.parametrize("run", RUNS)
def test_graphs_compare_everything_with_attacked_images_unit_by_unit_in_pictures(page, run):
    both = [subject(run, 100, subset) for subset in ("all", "slice:attacked")]
    graph = page.json("graph", s=both)
    pairs = [row["pair"] for row in page.json("instances", run=run, model="model")["instances"]]
    assert [one["inputs"] for one in graph["subjects"]] == [200, sum(p >= 0 for p in pairs)]
    assert {node["side"] for node in graph["nodes"]} >= {"both"}
    assert any(node["facet"] for node in graph["nodes"])
    assert any(node["examples"] for node in graph["nodes"])
    assert all(edge["kind"] == "direct" for edge in graph["edges"])
    assert graph["edges"]


@pytest.mark.parametrize("run", RUNS)
def test_the_other_views_have_what_they_show(page, run):
    model, last = model_of(page, run), 100
    assert model["projection"]["steps"] == model["steps"]
    assert model["projection"]["methods"] == {"umap": [last]}
    assert model["strips"] > 0
    assert model["ablationSteps"] == model["attackReportSteps"] == [last]
    assert model["architecture"]


class Brightness(nn.Module):
    """Class 1 from one and a half white pixels on."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        bright = images.flatten(1).sum(1) - 1.5
        return torch.stack((-bright, bright), 1)


def test_the_search_goes_on_to_more_pixels_and_says_so(capsys):
    probe = ProbeSet(torch.zeros(8, 1, 8, 8), [0] * 8)
    (found,) = attacking.find(Brightness(), probe)
    assert found.note == "one-pixel attack, 2 pixels"
    assert found.success.all()
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "0 of 8 rightly classified images are led astray by 1 pixel."
    assert said[1].endswith(" of 8 rightly classified images are led astray by 2 pixels.")


def test_a_network_that_cannot_be_attacked_is_reported_as_such(capsys):
    probe = ProbeSet(torch.zeros(2, 1, 8, 8), [1, 1])  # wrong from the start
    assert attacking.find(Brightness(), probe) == []
    assert "No attack with up to 5 pixels succeeded" in capsys.readouterr().out


@pytest.mark.parametrize(("channels", "size"), [(1, 8), (1, 28), (3, 32)])
def test_the_network_is_small_and_fits_every_size(channels, size):
    model = network.SmallVGG(channels, size, 10)
    assert model(torch.zeros(2, channels, size, size)).shape == (2, 10)
    assert sum(parameter.numel() for parameter in model.parameters()) <= 150_000


def test_augmentation_mirrors_and_moves():
    image = torch.zeros(200, 1, 8, 8)
    image[:, 0, 3, 5] = 1
    changed = training.augment(image)
    assert changed.shape == image.shape
    places = {tuple(place) for place in changed[:, 0].nonzero()[:, 1:].tolist()}
    (row,), columns = {row for row, _ in places}, sorted(column for _, column in places)
    assert 1 <= row <= 5
    assert len(columns) == 2
    assert columns[1] - columns[0] == 3  # mirrored columns 2 and 5, moved alike
    assert torch.equal(changed.sum((1, 2, 3)), torch.ones(200))


def test_without_its_packages_the_third_run_is_left_out_and_it_is_said(
    monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr(pretrained, "PACKAGES", {"no_such": "no-such", "torch": "torch"})
    demo.run_photographs(tmp_path)
    said = capsys.readouterr().out
    assert "No third run" in said
    assert said.endswith("pip install --no-deps no-such\n")
    assert list(tmp_path.iterdir()) == []


def test_the_demo_installs_all_that_its_photographs_need():
    lines = Path(demo.__file__).with_name("requirements.txt").read_text().splitlines()
    installed = {line.split("==")[0] for line in lines if not line.startswith("#")}
    assert installed == set(pretrained.PACKAGES.values()) - {"scikit-learn"}  # of the tools


def test_photographs_come_with_packages_that_are_there():
    assert {"china.jpg", "flower.jpg"} <= {path.name for path in photographs.find()}


def test_views_are_square_cuts_of_which_some_are_mirrored():
    across, down = np.meshgrid(np.arange(120), np.arange(80))
    place = np.stack((across, down, np.zeros_like(down)), -1).astype(np.uint8)
    views = [np.asarray(view).astype(int) for view in make_views(Image.fromarray(place), seed=1)]
    directions = set()
    for view in views:
        side = len(view)
        assert view.shape == (side, side, 3)
        assert 0.8 * 80 - 1 <= side <= 80
        columns, rows = np.unique(np.diff(view[..., 0])), np.diff(view[..., 1], axis=0)
        assert len(columns) == 1
        assert (rows == 1).all()
        directions.add(int(columns[0]))
    assert directions == {-1, 1}
    again = make_views(Image.fromarray(place), seed=1)
    assert all(
        np.array_equal(one, np.asarray(other)) for one, other in zip(views, again, strict=True)
    )


def make_views(photograph: Image.Image, seed: int) -> list[Image.Image]:
    return photographs.views(photograph, 20, seed)


def test_a_photograph_is_cut_and_normalized_as_the_network_was_trained():
    photograph = Image.fromarray(load_sample_image("flower.jpg"))
    prepared = pretrained.prepare(photograph)
    shown = np.rint(prepared.numpy() * 128 + 127).transpose(1, 2, 0)
    middle = photograph.crop((133, 27, 506, 400)).resize((224, 224), Image.Resampling.BICUBIC)
    assert shown.min() >= 0
    assert np.abs(shown - np.asarray(middle)).mean() < 3


def test_a_files_name_gives_its_class():
    names = ("cat_281.jpg", "imagenet_00_243.jpg", "holiday.jpg", "IMG_20240101.jpg")
    assert [pretrained.class_of(Path(name)) for name in names] == [281, 243, -1, -1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--data", "imagenet"],
            "no data named 'imagenet', expected fashion-mnist, cifar10, digits",
        ),
        (["--data", "cifar10", "--cifar10", "/nowhere/x.npz"], "No such file"),
    ],
)
def test_the_demo_says_what_is_wrong_with_its_data(arguments, message):
    with pytest.raises(SystemExit, match=message):
        main(["demo", "--no-serve", *arguments])
