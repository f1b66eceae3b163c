"""Pictures of inputs show their pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

from summary_ops.images import thumbnails

SHAPES = [(1, 28, 28), (3, 32, 32), (3, 9, 13), (3, 64, 64), (3, 7, 64)]


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def levels(shape: tuple[int, ...], size: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (size, *shape), dtype=torch.uint8, generator=generator)


def stacked(pictures: thumbnails.Pictures, shape: tuple[int, ...]) -> np.ndarray:
    images = [decoded(data).reshape(*shape[1:], shape[0]) for data in pictures.files]
    return np.stack(images).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", ["bytes", "unit", "raw", "normalized", "normalized raw", "half"])
def test_small_images_keep_every_8_bit_pixel(shape, form):
    pixels = levels(shape)
    pixels[0, 0, 0, :2] = torch.tensor([0, 255])
    mean, std = torch.linspace(0.3, 0.6, shape[0]), torch.linspace(0.2, 0.3, shape[0])
    column = (-1, 1, 1)
    given, options = {
        "bytes": lambda: (pixels, {}),
        "unit": lambda: (pixels / 255, {}),
        "raw": lambda: (pixels.float(), {}),
        "normalized": lambda: (
            (pixels / 255 - mean.reshape(column)) / std.reshape(column),
            {"mean": mean, "std": std.tolist()},
        ),
        "normalized raw": lambda: ((pixels.float() - 127) / 128, {"mean": 127, "std": 128}),
        "half": lambda: ((pixels / 255).half(), {}),
    }[form]()
    pictures = thumbnails.draw(given, **options)
    assert pictures.lossless
    assert pictures.note == ""
    assert np.array_equal(stacked(pictures, shape), pixels.numpy())


def test_true_is_white():
    mask = levels((1, 10, 10)) > 128
    pictures = thumbnails.draw(mask)
    assert np.array_equal(stacked(pictures, (1, 10, 10)), mask.numpy() * 255)
    assert pictures.lossless


def test_channels_last_and_missing_channels_are_understood():
    pixels = levels((3, 20, 24))
    last = thumbnails.draw(pixels.permute(0, 2, 3, 1))
    assert np.array_equal(stacked(last, (3, 20, 24)), pixels.numpy())
    grey = thumbnails.draw(pixels[:, 0])
    assert np.array_equal(stacked(grey, (1, 20, 24)), pixels[:, :1].numpy())


def test_normalized_images_without_their_mean_are_stretched_together_and_it_is_said():
    given = torch.linspace(-2, 3, 2 * 3 * 16 * 16).reshape(2, 3, 16, 16)
    pictures = thumbnails.draw(given)
    expected = np.rint((given.double().numpy() + 2) * 51)
    assert np.abs(stacked(pictures, (3, 16, 16)) - expected).max() <= 1
    assert not pictures.lossless
    assert pictures.note == "picture drawn from -2 (black) to 3 (white)"


@pytest.mark.parametrize(
    ("channels", "mode", "note"),
    [
        (2, "L", "picture of channel 1 of 2"),
        (4, "RGB", "picture of channels 1 to 3 of 4"),
        (12, "RGB", "picture of channels 1 to 3 of 12"),
    ],
)
def test_further_channels_are_named_as_missing(channels, mode, note):
    pixels = levels((channels, 16, 16))
    pictures = thumbnails.draw(pixels)
    assert Image.open(io.BytesIO(pictures.files[0])).mode == mode
    shown = 1 if mode == "L" else 3
    assert np.array_equal(stacked(pictures, (shown, 16, 16)), pixels[:, :shown].numpy())
    assert (pictures.note, pictures.lossless) == (note, False)


def test_a_large_photograph_becomes_a_small_likeness():
    photograph = load_sample_image("china.jpg")
    pictures = thumbnails.draw(torch.tensor(photograph).permute(2, 0, 1)[None])
    image = Image.open(io.BytesIO(pictures.files[0]))
    assert (image.format, image.size, pictures.lossless) == ("WEBP", (160, 107), False)
    reference = Image.fromarray(photograph).resize(image.size, Image.Resampling.LANCZOS)
    difference = np.asarray(image).astype(float) - np.asarray(reference)
    assert np.abs(difference).mean() < 6


def test_pixels_that_are_no_numbers_are_black_or_at_the_bounds():
    given = torch.full((1, 1, 8, 8), 0.5)
    given[0, 0, 0, :3] = torch.tensor([torch.nan, torch.inf, -torch.inf])
    drawn = stacked(thumbnails.draw(given), (1, 8, 8))[0, 0, 0]
    assert drawn.tolist() == [0, 255, 0, 128, 128, 128, 128, 128]


def test_an_even_image_can_be_drawn():
    drawn = stacked(thumbnails.draw(torch.full((1, 1, 8, 8), -7.0)), (1, 8, 8))
    assert (drawn == 0).all()


@pytest.mark.parametrize(
    ("shape", "dtype", "picture"),
    [
        ((2, 3, 32, 32), torch.float32, True),
        ((2, 28, 28), torch.float32, True),
        ((2, 28, 28), torch.uint8, True),
        ((2, 1, 16000), torch.float32, False),
        ((2, 100, 9), torch.float32, False),
        ((2, 128), torch.int64, False),
        ((2, 30, 30), torch.int64, False),
        ((2, 5), torch.float32, False),
        ((2, 1, 8, 8, 8), torch.float32, False),
    ],
)
def test_sound_tables_and_tokens_are_no_pictures(shape, dtype, picture):
    assert thumbnails.is_picture(torch.zeros(shape, dtype=dtype)) == picture


def test_a_wrong_number_of_means_is_named():
    with pytest.raises(ValueError, match="mean has 2 values, the images have 3 channels"):
        thumbnails.draw(torch.rand(1, 3, 8, 8), mean=[0.5, 0.5])
