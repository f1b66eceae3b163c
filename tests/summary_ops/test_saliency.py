"""Saliency maps against closed forms of a linear model, and in event files."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from summary_ops import ProbeSet, Recorder, add_saliency
from summary_ops.jobs.saliency import maps
from tb_plugin_neural.contract.what_if_records import Saliency
from tests.recording import CLASSES, digits
from tests.summary_ops.strip_subjects import Linear, trained
from tests.summary_ops.written import written


def asked(model, *, seed=0):
    """A picture and a baseline, as the maps take them."""
    generator = torch.Generator().manual_seed(seed)
    return model, torch.rand(3, 5, 4, generator=generator), 1, torch.full((3, 5, 4), 0.3)


def test_integrated_gradients_of_a_linear_model_are_weight_times_difference():
    model, picture, target, baseline = asked(Linear())
    found = maps.integrated_gradients(model, picture, target, baseline, steps=5)
    expected = (model.weight.detach() * (picture - baseline)).sum(0)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_integrated_gradients_add_up_to_what_the_logit_gains():
    picture = digits()[0][1000]
    baseline = torch.full_like(picture, 0.3)
    found = maps.integrated_gradients(trained(), picture, 1, baseline, steps=64)
    with torch.no_grad():
        gain = torch.diff(trained()(torch.stack((baseline, picture)))[:, 1])
    torch.testing.assert_close(found.sum(), gain[0], rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize(("window", "stride"), [(1, 1), (2, 1), (3, 2), (2, 2), (5, 5)])
def test_occlusion_is_the_mean_fall_of_the_squares_over_a_pixel(window, stride):
    picture = digits()[0][1000]
    baseline = torch.full_like(picture, 0.3)
    found = maps.occlusion(trained(), picture, 1, baseline, window=window, stride=stride)
    total, count = np.zeros((8, 8)), np.zeros((8, 8))
    starts = [stride * place for place in range(1 + -(-(8 - window) // stride))]
    with torch.no_grad():
        whole = float(trained()(picture[None])[0, 1])
        for top in starts:
            for left in starts:
                inside = slice(top, top + window), slice(left, left + window)
                covered = picture.clone()
                covered[0][inside] = baseline[0][inside]
                fall = whole - float(trained()(covered[None])[0, 1])
                total[inside] += fall / covered[0][inside].numel()
                count[inside] += 1
    np.testing.assert_allclose(found, total / count, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("window", [1, 2, 3, 4])
def test_occlusion_of_a_linear_model_by_tiles_adds_up_to_what_the_logit_gains(window):
    model = Linear()
    model.weight = nn.Parameter(torch.randn(3, 4, 6))
    picture, baseline = torch.rand(3, 4, 6), torch.full((3, 4, 6), 0.3)
    found = maps.occlusion(model, picture, 1, baseline, window=window, stride=window)
    gain = (model.weight.detach() * (picture - baseline)).sum(0)
    torch.testing.assert_close(found.sum(), gain.sum(), rtol=1e-4, atol=1e-4)
    tiles = nn.functional.avg_pool2d(gain[None], window, ceil_mode=True)[0]
    torch.testing.assert_close(found[::window, ::window], tiles, rtol=1e-4, atol=1e-4)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 16))
def test_a_smaller_map_has_the_same_sum(height, width, side):
    values = torch.randn(height, width, generator=torch.Generator().manual_seed(height))
    found = maps.shrink(values, side)
    assert max(found.shape) == min(side, max(height, width))
    torch.testing.assert_close(found.sum(), values.sum(), rtol=1e-4, atol=1e-4)
    if max(height, width) <= side:
        torch.testing.assert_close(found, values)


def test_the_cells_of_a_smaller_map_are_the_sums_of_what_lies_in_them():
    values = torch.randn(6, 9)
    expected = values.view(2, 3, 3, 3).sum((1, 3))
    torch.testing.assert_close(maps.shrink(values, 3), expected)


def test_levels_are_off_by_half_a_step_at_most():
    values = torch.randn(4, 6, 5) * torch.tensor([1e-6, 1.0, 1e6, 0.0]).view(4, 1, 1)
    level, scale = maps.levels(values)
    error = np.abs(level * scale[:, None, None] - values.numpy())
    assert (error <= 0.5001 * scale[:, None, None]).all()
    assert scale[3] == 0


def recorder_of(**options) -> Recorder:
    images, labels = digits()
    probe = ProbeSet(images[1000:1060], labels[1000:1060])
    options = {"probe": probe, "graph": None, "classes": CLASSES, **options}
    return Recorder(trained(), verbose=False, **options)


def saliency_in(folder) -> dict[str, Saliency]:
    found = written(folder)
    return {layer: r for (kind, layer, _), r in found.items() if kind == Saliency.kind}


class TestRecords:
    def test_explain_the_predicted_class_against_the_mean_colour(self, writer, tmp_path):
        recorder = recorder_of()
        add_saliency(writer, recorder, [22, 0], step=3, integration_steps=8, progress=False)
        writer.flush()
        found = saliency_in(tmp_path / "run")
        assert list(found) == ["occlusion", "integrated_gradients"]
        with torch.no_grad():
            predicted = trained()(recorder.probe.inputs[[22, 0]]).argmax(1)
        for record in found.values():
            assert record.instance.tolist() == [22, 0]
            assert record.target.tolist() == predicted.tolist()
            assert record.probe == recorder.probe.hash
        picture = recorder.probe.inputs[22]
        baseline = picture.mean().expand(1, 8, 8)
        target = int(predicted[0])
        expected = maps.occlusion(trained(), picture, target, baseline, window=2, stride=1)
        error = np.abs(found["occlusion"].values(0) - expected.numpy())
        assert (error <= 0.51 * found["occlusion"].scale[0]).all()
        assert found["occlusion"].parameters == (
            "window 2, stride 1, against the image's mean colour"
        )
        assert found["integrated_gradients"].parameters.startswith("8 steps, ")

    def test_explain_what_is_asked_for(self, writer, tmp_path):
        options = {"methods": "occlusion", "baseline": 0.0, "window": 4, "stride": 4}
        add_saliency(
            writer, recorder_of(), [5, 6], step=3, targets=["digit 3", 8], progress=False,
            **options,
        )  # fmt: skip
        writer.flush()
        (record,) = saliency_in(tmp_path / "run").values()
        assert record.target.tolist() == [3, 8]
        assert record.parameters == "window 4, stride 4, against pixels of 0"
        values = record.values(0)
        assert len(np.unique(values)) <= 4

    def test_of_large_images_are_small(self, writer, tmp_path):
        model = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 3))
        pixels = torch.rand(4, 3, 96, 128)
        probe = ProbeSet((pixels - 0.5) / 0.25, mean=0.5, std=0.25)
        recorder = Recorder(model, probe=probe, graph=None, verbose=False)
        add_saliency(
            writer, recorder, [1], step=0, methods=["integrated_gradients"], progress=False
        )
        writer.flush()
        (record,) = saliency_in(tmp_path / "run").values()
        assert record.level.shape == (1, 48, 64)
        with torch.no_grad():
            flat = (pixels[1].mean((1, 2), keepdim=True) - 0.5) / 0.25
            ends = torch.stack((flat.expand(3, 96, 128), probe.inputs[1]))
            gain = float(model(ends)[:, int(record.target[0])].diff())
        assert record.values(0).sum() == pytest.approx(gain, abs=300 * float(record.scale[0]))

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"methods": ["gradient"]}, "method 'gradient', expected occlusion or integrated"),
            ({"targets": [1]}, "expected one of the 10 classes for each of 2 instances"),
            ({"targets": [1, 10]}, "expected one of the 10 classes"),
            ({"window": 9}, "expected 1 <= stride <= window <= 8"),
            ({"window": 2, "stride": 3}, "expected 1 <= stride <= window"),
            ({"integration_steps": 0}, "at least one step"),
            ({"baseline": 2.0}, "baseline=2.0, expected a pixel from 0.0 to 1.0"),
        ],
    )
    def test_that_cannot_be_are_refused(self, writer, options, message):
        with pytest.raises(ValueError, match=message):
            add_saliency(writer, recorder_of(), [0, 1], step=0, progress=False, **options)

    def test_without_captum_the_extra_is_named(self, writer, monkeypatch):
        monkeypatch.setitem(sys.modules, "captum.attr", None)
        with pytest.raises(
            ImportError, match=r"pip install 'tensorboard-plugin-neural\[saliency\]'"
        ):
            add_saliency(writer, recorder_of(), [0], step=0)

    def test_leave_the_model_as_it_was(self, writer):
        model = trained().train()
        before = {name: value.clone() for name, value in model.state_dict().items()}
        gradients = [p.grad.clone() for p in model.parameters()]  # of its training
        state = torch.get_rng_state()
        try:
            add_saliency(writer, recorder_of(), [0], step=0, integration_steps=2, progress=False)
            assert all(module.training for module in model.modules())
        finally:
            model.eval()
        assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
        assert all(map(torch.equal, (p.grad for p in model.parameters()), gradients))
        assert torch.equal(torch.get_rng_state(), state)
