"""What feature visualization is made of, each part against an independent computation."""

from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.ndimage
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from summary_ops.images import atlas
from summary_ops.jobs.feature_visualization import objective, spectrum, transforms
from summary_ops.jobs.feature_visualization.rectifiers import Redirect

COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])


def rendered(spectra: np.ndarray, height: int, width: int) -> np.ndarray:
    """Pictures of spectra, by NumPy, a frequency at a time."""
    rows, columns = np.fft.fftfreq(height), np.fft.rfftfreq(width)
    values = spectra[..., 0] + 1j * spectra[..., 1]
    for y, vertical in enumerate(rows):
        for x, horizontal in enumerate(columns):
            frequency = max(np.hypot(vertical, horizontal), 1 / max(height, width))
            values[..., y, x] /= frequency
    pictures = np.fft.irfft2(values, s=(height, width), norm="ortho") / 4
    if pictures.shape[1] == 3:
        mixture = COLOURS / np.sqrt((COLOURS**2).sum(0)).max()
        pictures = np.einsum("nchw,dc->ndhw", pictures, mixture)
    return 1 / (1 + np.exp(-pictures))


@pytest.mark.parametrize("shape", [(1, 8, 8), (2, 7, 9), (3, 12, 10), (5, 6, 6)])
def test_a_picture_is_the_transform_of_its_spectrum(shape):
    spectra = 30 * spectrum.draw(shape, 2, torch.Generator().manual_seed(1))
    expected = rendered(spectra.double().numpy(), *shape[1:])
    assert expected.std() > 0.05
    np.testing.assert_allclose(spectrum.pictures(spectra, shape), expected, atol=1e-5)


class TestMoving:
    pictures = torch.rand(1, 2, 9, 14, generator=torch.Generator().manual_seed(2))

    def moved(self, *how: float, pictures: Tensor | None = None) -> Tensor:
        return transforms.move(self.pictures if pictures is None else pictures, torch.tensor([how]))

    def test_by_nothing_changes_nothing(self):
        torch.testing.assert_close(self.moved(0, 0, 0, 0), self.pictures)

    @pytest.mark.parametrize("how", [(1.0, 0, 0, 0), (-0.7, 1.0, 0, 0), (0.4, -1.0, 0, 0)])
    def test_turns_and_scales_about_the_middle_with_mirrored_edges(self, how):
        angle, scale = np.deg2rad(10 * how[0]), 1 + 0.1 * how[1]
        matrix = scale * np.array(
            [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
        )  # rows, then columns
        middle = (np.array([9, 14]) - 1) / 2
        expected = [
            scipy.ndimage.affine_transform(
                channel, matrix, middle - matrix @ middle, order=1, mode="reflect"
            )
            for channel in self.pictures[0].numpy()
        ]
        np.testing.assert_allclose(self.moved(*how)[0], expected, atol=1e-5)

    @pytest.mark.parametrize(("side", "pixels"), [(8, 0), (28, 1), (112, 4), (224, 8), (300, 8)])
    def test_shifts_by_whole_pixels_in_proportion_to_the_side(self, side, pixels):
        pictures = torch.rand(1, 1, side, side)
        moved = self.moved(0, 0, 1.0, -1.0, pictures=pictures)[0, 0]
        wide = np.pad(pictures[0, 0].numpy(), pixels, mode="symmetric")
        expected = wide[2 * pixels :, :side]
        np.testing.assert_allclose(moved, expected[:side], atol=2e-3)

    def test_draws_evenly_between_both_ends(self):
        drawn = transforms.draw(500, 3, torch.Generator().manual_seed(0))
        assert drawn.shape == (500, 3, 4)
        assert -1 <= drawn.min() < -0.99
        assert 0.99 < drawn.max() <= 1


def gram_cosines(features: np.ndarray) -> np.ndarray:
    """Mean cosine of each picture's Gram matrix `[pictures, units, positions]` with the others'."""
    grams = [(f @ f.T).ravel() for f in features]
    unit = np.array([g / np.linalg.norm(g) for g in grams])
    cosine = unit @ unit.T
    return (cosine.sum(1) - 1) / (len(features) - 1)


class TestObjective:
    @pytest.mark.parametrize("shape", [(2, 4, 3, 10), (2, 3, 12, 2), (1, 2, 5, 1)])
    def test_similarity_is_the_cosine_of_gram_matrices(self, shape):
        outputs = torch.rand(shape, dtype=torch.float64)
        expected = [gram_cosines(group) for group in outputs.numpy()]
        np.testing.assert_allclose(objective.similarity(outputs), expected, rtol=1e-6)

    def test_is_the_mean_over_positions_less_the_similar_part_of_it(self):
        output = torch.rand(6, 5, 4, dtype=torch.float64) - 0.3
        units, facets = torch.tensor([3, 0]), 3
        alike = np.array([gram_cosines(group) for group in output.numpy().reshape(2, 3, 5, 4)])
        own = np.array(
            [[output[u * facets + f, units[u]].mean() for f in range(3)] for u in (0, 1)]
        )
        expected = (own - 0.4 * np.maximum(own, 0) * alike).sum()
        assert own.min() < 0 < own.max()
        np.testing.assert_allclose(objective.objective(output, units, 0.4), expected)
        np.testing.assert_allclose(objective.objective(output, units, 0.0), own.sum())

    def test_pays_no_picture_to_give_its_unit_up(self):
        output = torch.rand(4, 6, 5, requires_grad=True)
        height = objective.objective(output, torch.tensor([2]), 1.0)
        (gradient,) = torch.autograd.grad(height, output)
        fading = output.detach().clone()
        fading[1] *= 0.99
        assert gradient[1].flatten() @ output[1].detach().flatten() >= 0
        assert objective.objective(fading, torch.tensor([2]), 1.0) < height


RECTIFIERS = {
    "function": F.relu,
    "method": lambda x: x.relu(),
    "module": nn.ReLU(),
    "function in place": lambda x: F.relu(x, inplace=True),
    "function in place by position": lambda x: F.relu(x, True),
    "method in place": lambda x: x.relu_(),
    "torch in place": torch.relu_,
    "module in place": nn.ReLU(inplace=True),
    "six": nn.ReLU6(),
    "six in place": nn.ReLU6(inplace=True),
    "keyword": lambda x: F.relu(input=x),
}


@pytest.mark.parametrize("rectifier", RECTIFIERS.values(), ids=RECTIFIERS.keys())
class TestRedirection:
    def gradient(self, rectifier, value, weight, *, redirected):
        value = value.clone().requires_grad_()
        own = value * 1
        if redirected:
            with Redirect():
                result = rectifier(own)
        else:
            result = rectifier(own)
        (gradient,) = torch.autograd.grad((result * weight).sum(), value)
        return result.detach(), own.detach(), gradient

    def test_leaves_values_and_the_gradients_of_what_is_open(self, rectifier):
        value, weight = torch.randn(5, 3, 4), torch.randn(5, 3, 4)
        plain = self.gradient(rectifier, value, weight, redirected=False)
        other = self.gradient(rectifier, value, weight, redirected=True)
        for one, two in zip(plain, other, strict=True):
            torch.testing.assert_close(one, two)

    def test_raises_what_is_closed_where_an_input_would_be_stuck(self, rectifier):
        value, weight = -torch.rand(3, 4) - 0.1, torch.randn(3, 4)
        value[1, 2] = 0.5  # so that this input has a gradient
        _, _, gradient = self.gradient(rectifier, value, weight, redirected=True)
        expected = weight.clamp(max=0)  # of a descent: what would rise
        expected[1] = 0
        expected[1, 2] = weight[1, 2]
        torch.testing.assert_close(gradient, expected)


class TestAtlas:
    def tiles(self, file: bytes, tile: int, columns: int, count: int) -> np.ndarray:
        picture = np.asarray(Image.open(io.BytesIO(file)))
        places = [divmod(at, columns) for at in range(count)]
        return np.array([picture[y * tile :, x * tile :][:tile, :tile] for y, x in places])

    @pytest.mark.parametrize(("channels", "shown"), [(1, 1), (2, 1), (3, 3), (5, 3)])
    def test_has_small_pictures_as_they_are(self, channels, shown):
        pictures = torch.rand(7, channels, 10, 10)
        file, columns = atlas.draw(pictures)
        assert columns == 3
        found = self.tiles(file, 10, columns, 7).reshape(7, 10, 10, shown)
        expected = (pictures[:, :shown] * 255).round().permute(0, 2, 3, 1)
        np.testing.assert_array_equal(found, expected)
        assert file.startswith(b"\x89PNG")

    def test_makes_large_pictures_small(self):
        smooth = torch.linspace(0, 1, 160).expand(5, 3, 160, 160)
        file, columns = atlas.draw(smooth)
        assert file[8:12] == b"WEBP"
        assert atlas.tile_of((3, 160, 160)) == 96
        found = self.tiles(file, 96, columns, 5)
        expected = np.broadcast_to(255 * (np.arange(96) + 0.5)[:, None] / 96, (96, 96, 3))
        assert np.abs(found - expected).mean() < 4

    def test_centres_pictures_that_are_not_square_on_grey(self):
        file, columns = atlas.draw(torch.zeros(4, 1, 6, 10))
        for found in self.tiles(file, 10, columns, 4):
            assert (found[2:8] == 0).all()
            assert (np.delete(found, range(2, 8), 0) == 128).all()

    def test_never_is_larger_than_its_limit(self):
        for tile in (8, 64, 96):
            columns = int(np.ceil(np.sqrt(atlas.most_tiles(tile))))
            assert columns * tile <= atlas.LARGEST_SIDE < (columns + 1) * tile
