"""Pictures of a folder: which, of what class, and with which pixels."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image
from torch import nn

from summary_ops import tasks
from tensorboard_neural.usage_error import UsageError
from tensorboard_neural.user_models import pictures
from tensorboard_neural.user_models.batches import Batches

CLASSES = ["tabby cat", "Golden Retriever", "7-up"]
RED = (200, 0, 0)


def of(size=8, crop=1.0, mean=(), std=(), channels=3):
    return pictures.Preparation.of(size, crop, mean, std, channels)


def test_a_folders_pictures_are_found_at_any_depth_and_labelled_by_its_subfolders(tmp_path):
    for name in ("b.JPG", "cats/x/1.png", "dogs/2.webp", "dogs/notes.txt", ".thumbs/3.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = pictures.find(tmp_path)
    assert found.names == ["b.JPG", "cats/x/1.png", "dogs/2.webp"]
    assert found.kinds == ("", "cats", "dogs")
    assert found.labels == ["cats", "dogs"]


@pytest.mark.parametrize(("inside", "said"), [(None, "no folder"), ("notes.txt", "no pictures in")])
def test_a_folder_without_pictures_is_named(tmp_path, inside, said):
    root = tmp_path / "folder"
    if inside:
        root.mkdir()
        (root / inside).touch()
    with pytest.raises(UsageError, match=said):
        pictures.find(root)


def test_folders_match_classes_however_they_are_spelt_or_by_index():
    kinds = ["Tabby_Cat", "golden-retriever", "7 UP", "2", "wolf", ""]
    assert pictures.labels_of(kinds, CLASSES) == [0, 1, 2, 2, -1, -1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.txt", "tabby cat\nGolden Retriever\n\n7-up\n"),
        ("c.json", json.dumps(CLASSES)),
        ("c.json", json.dumps({"2": "7-up", "0": "tabby cat", "1": ["n02", "Golden Retriever"]})),
    ],
)
def test_class_names_are_the_lines_or_the_json_of_a_file(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert pictures.class_names([str(tmp_path / name)]) == CLASSES
    assert pictures.class_names(CLASSES) == CLASSES


@pytest.mark.parametrize("text", ["{", "3", '{"1": "cat"}'])
def test_a_file_without_class_names_is_named(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(UsageError, match=r"c\.json holds no class names.*expected a name a line"):
        pictures.class_names([str(tmp_path / "c.json")])


def test_pixels_are_normalized_in_either_unit(tmp_path):
    Image.new("RGB", (20, 30), (255, 51, 0)).save(tmp_path / "p.png")
    ones = of(mean=[0.5], std=[0.25]).read(tmp_path / "p.png")
    bytes_ = of(mean=[127.5], std=[63.75]).read(tmp_path / "p.png")
    assert ones.shape == (3, 8, 8)
    np.testing.assert_allclose(ones[:, 4, 4], [2, -1.2, -2], atol=1e-6)
    np.testing.assert_allclose(bytes_, ones, atol=1e-6)
    read = of().read(tmp_path / "p.png").numpy()[:, 0, 0]
    usual = read * pictures.STD + pictures.MEAN
    np.testing.assert_allclose(usual, [1, 0.2, 0], atol=1e-6)


def ramp(low=0.0, high=1.0):
    return np.linspace(low, high, 32 * 32).reshape(32, 32)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("p.png", (ramp() * 65535).astype(np.uint16)),
        ("p.tiff", (ramp() * 65535).astype(np.uint16)),
        ("p.tiff", (ramp() * 65535).astype(np.int32)),
        ("p.tiff", ramp().astype(np.float32)),
        ("p.png", (ramp() * 255).astype(np.uint8)),
    ],
    ids=["16-bit png", "16-bit tiff", "32-bit tiff", "float tiff", "8-bit png"],
)
def test_grey_pictures_of_every_depth_are_scaled_alike(tmp_path, name, values, channels):
    Image.fromarray(values).save(tmp_path / name)
    read = of(32, mean=[0], std=[1], channels=channels).read(tmp_path / name).numpy()
    assert read.shape == (channels, 32, 32)
    assert np.abs(read - ramp().astype(np.float32)).max() < 1 / 255


def test_sixteen_bits_keep_their_depth(tmp_path):
    values = (32768 + np.arange(64).reshape(8, 8)).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "p.png")
    read = of(mean=[0], std=[1], channels=1).read(tmp_path / "p.png").numpy()
    np.testing.assert_allclose(read[0], values / 65535, atol=1e-7)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (ramp(-1, 1).astype(np.float32), "numbers from -1 to 1, expected from 0 to 1"),
        (ramp(0, 255).astype(np.float32), "numbers from 0 to 255, expected from 0 to 1"),
        (np.full((8, 8), np.nan, np.float32), "numbers from nan to nan"),
        (ramp(0, 1e6).astype(np.int32), "whole numbers from 0 to 1e.06, expected from 0 to 65535"),
    ],
)
def test_grey_values_of_an_unknown_scale_are_no_picture(tmp_path, values, said):
    Image.fromarray(values).save(tmp_path / "p.tiff")
    with pytest.raises(ValueError, match=said):
        of(channels=1).read(tmp_path / "p.tiff")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("channels", [1, 3])
def test_transparency_is_laid_on_white(tmp_path, mode, channels):
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 8, 4))
    clear.convert(mode).save(tmp_path / "p.png")
    read = of(mean=[0], std=[1], channels=channels).read(tmp_path / "p.png").numpy()
    assert read[:, :4].max() == 0
    assert read[:, 4:].min() == 1


def test_a_folder_without_pictures_is_a_label_too(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "1.png").touch()
    found = pictures.find(tmp_path)
    assert (found.labels, found.empty) == (["a", "b", "c"], ("a", "c"))


def test_parts_of_a_data_set_above_the_labels_are_known(tmp_path):
    for name in ("train/cat/1.png", "Val/cat/2.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert pictures.find(tmp_path).splits == [tmp_path / "Val", tmp_path / "train"]
    assert pictures.find(tmp_path / "train").splits == []


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_of_every_mode_are_read(tmp_path, mode, channels):
    Image.new(mode, (9, 9)).save(tmp_path / "p.tiff")
    assert of(channels=channels).read(tmp_path / "p.tiff").shape == (channels, 8, 8)


def test_the_middle_is_cut_as_by_resizing_and_cropping(tmp_path):
    photograph = Image.fromarray(load_sample_image("flower.jpg"))  # 640 × 427
    photograph.save(tmp_path / "p.png")
    own = of(56, 0.875, [0], [1]).read(tmp_path / "p.png").numpy().transpose(1, 2, 0) * 255
    resized = photograph.resize((round(64 / 427 * 640), 64), Image.Resampling.BICUBIC)
    left = (resized.width - 56) // 2
    expected = np.asarray(resized.crop((left, 4, left + 56, 60)), np.float32)
    assert np.abs(own - expected).mean() < 2


def test_a_photograph_is_turned_upright(tmp_path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[0] = 255  # the upper edge, as the camera lay
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right to see it upright
    Image.fromarray(pixels).save(tmp_path / "p.png", exif=exif)
    upright = of(mean=[0], std=[1]).read(tmp_path / "p.png")[0].numpy()
    assert upright[:, -1].min() > upright[:, :-1].max()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"channels": 4}, "the network takes 4 channels; pictures have 1 or 3"),
        ({"size": 0}, "--size 0"),
        ({"crop": 1.5}, "--crop 1.5"),
        ({"mean": [0.1, 0.2]}, "--mean 0.1 0.2: expected one number or 3"),
        ({"std": [0.0]}, "--std 0.0.*above 0"),
    ],
)
def test_a_preparation_that_cannot_be_says_why(given, said):
    with pytest.raises(UsageError, match=said):
        of(**given)


@pytest.mark.parametrize("task", ["multiclass", "binary"])
def test_predicted_classes_are_those_of_logits_and_of_probabilities(tmp_path, task):
    (tmp_path / "a.png").touch()
    kind, outputs = tasks.of(task), 3 if task == "multiclass" else 1
    torch.manual_seed(0)
    body = nn.Sequential(nn.Flatten(), nn.Linear(192, outputs)).eval()
    last = nn.Softmax(1) if task == "multiclass" else nn.Sigmoid()
    images = torch.randn(20, 3, 8, 8)
    batches = Batches(pictures.find(tmp_path), of(), 6, torch.device("cpu"))
    with torch.no_grad():
        logits = body(images)
    expected = logits.argmax(1) if task == "multiclass" else (logits[:, 0] > 0).long()
    assert 0 < expected.float().mean() < 2
    for model in (body, nn.Sequential(body, last).eval()):
        assert torch.equal(batches.predict(model, kind, images), expected)
