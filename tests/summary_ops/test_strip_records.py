"""Strips in event files: what is written, and where the page finds it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, Statistics, add_adversarial_strips, adversarial_strips
from summary_ops.jobs.strips import Strip, pictures
from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.contract.what_if_records import AdversarialStrip
from tb_plugin_neural.routes.contents import what_if_index
from tests.recording import CLASSES, digits
from tests.summary_ops.strip_subjects import trained
from tests.summary_ops.written import events, problems, store_of

WRONG, RIGHT = 22, 0
SHORT = {"steps": 6, "frames": 3, "progress": False}


def recorder_of(**options) -> Recorder:
    images, labels = digits()
    probe = ProbeSet(images[1000:1060], labels[1000:1060])
    options = {"probe": probe, "graph": None, "classes": CLASSES, **options}
    return Recorder(trained(), layers=["features.4", "classifier.4"], verbose=False, **options)


def found_in(folder: Path) -> list[tuple[int, str, AdversarialStrip, list[bytes]]]:
    """Steps, series' keys, records and pictures, as they were written."""
    return [
        (event.step, series.layer, AdversarialStrip.unpack(blobs[0]), list(blobs[1:]))
        for event in events(folder)
        for value in event.summary.value
        if (series := Series.parse(value.metadata.plugin_data.content)).kind
        == AdversarialStrip.kind
        and (blobs := value.tensor.string_val)
    ]


def test_mistakes_go_both_ways_and_others_towards_the_second_class(writer, tmp_path):
    recorder = recorder_of()
    add_adversarial_strips(writer, recorder, np.array([WRONG, RIGHT]), step=4, **SHORT)
    add_adversarial_strips(writer, recorder, [], step=4, **SHORT)
    writer.flush()
    with torch.no_grad():
        scores = trained()(recorder.probe.inputs)
    first, second = scores.topk(2).indices.T.tolist()
    label = recorder.probe.labels
    assert first[WRONG] != label[WRONG]
    assert first[RIGHT] == label[RIGHT]
    expected = [(WRONG, first[WRONG]), (WRONG, label[WRONG]), (RIGHT, second[RIGHT])]
    found = found_in(tmp_path / "run")
    assert [(r.instance, r.target) for _, _, r, _ in found] == [
        (instance, f"class:{target}") for instance, target in expected
    ]
    assert [key for _, key, _, _ in found] == [
        f"{instance} class:{target} l2" for instance, target in expected
    ]
    assert {step for step, *_ in found} == {4}
    assert problems(tmp_path / "run") == {}


def test_a_record_tells_what_the_strip_does(writer, tmp_path):
    recorder = recorder_of(statistics=Statistics(reduction="mean"))
    targets = ["digit 3", ("features.4", 5)]
    options = {**SHORT, "norm": "linf", "radius": 0.1, "smoothing": 0.5, "seed": 3}
    add_adversarial_strips(writer, recorder, [WRONG], step=4, targets=targets, **options)
    writer.flush()
    label = recorder.probe.labels[WRONG]
    strips = adversarial_strips(
        trained(), recorder.probe.inputs[[WRONG] * 2], targets, labels=[label] * 2,
        classes=CLASSES, layers=["features.4", "classifier.4"], reduction="mean", **options,
    )  # fmt: skip
    for (_, _, record, files), strip in zip(found_in(tmp_path / "run"), strips, strict=True):
        for name in ("target", "norm", "radius", "smoothing", "seed", "flip", "classes", "layers"):
            assert getattr(record, name) == pytest.approx(getattr(strip, name)), name
        arrays = ("effect", "probability", "l2", "linf", "control_effect", "control_probability")
        for name in (*arrays, "frame", "prediction", "unit", "activation"):
            value = getattr(strip, name).numpy()
            np.testing.assert_allclose(getattr(record, name), value, rtol=1e-4, atol=1e-5)
        assert (record.probe, record.name) == (recorder.probe.hash, str(WRONG))
        assert (record.instance, record.label) == (WRONG, label)
        assert len(files) == 4 * len(record.frame)


def drawn(strip: Strip) -> list[np.ndarray]:
    """Pictures, each `[height, width(, 3)]`."""
    return [np.asarray(Image.open(io.BytesIO(file))) for file in pictures.draw(strip)]


def strip_of(model: nn.Module, images: Tensor, **options) -> Strip:
    return adversarial_strips(model, images, [1], steps=6, frames=3, progress=False, **options)[0]


def test_pictures_show_pixels_signed_differences_and_magnitudes():
    strip = strip_of(trained(), digits()[0][1000:1001], layers=["classifier.4"])
    count = len(strip.frame)
    found = np.array(drawn(strip), float).reshape(4, count, 8, 8)
    factor = pictures.factors(strip).numpy()
    change = strip.difference[:, 0].numpy()
    np.testing.assert_allclose(found[0], strip.images[:, 0] * 255, atol=0.51)
    np.testing.assert_allclose(found[3], strip.control[:, 0] * 255, atol=0.51)
    shown = np.clip(0.5 + factor[:, None, None] * change, 0, 1)
    np.testing.assert_allclose(found[1], shown * 255, atol=0.51)
    assert factor[0] == 1
    assert (found[1, 0] == 128).all()
    assert found[1, 1:].max() == 255 or found[1, 1:].min() == 0
    for picture, values in zip(found[2, 1:], strip.saliency[1:], strict=True):
        np.testing.assert_allclose(picture, values / values.max() * 255, atol=0.51)
    assert not found[2, 0].any()


def test_a_few_outliers_do_not_hide_a_difference():
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 40 * 40, 2))
    with torch.no_grad():
        model[1].weight.uniform_(-0.01, 0.01)[1, 0] = 5.0
    strip = strip_of(model, torch.full((1, 3, 40, 40), 0.5), radius=1.0, smoothing=0)
    found = np.stack(drawn(strip)[len(strip.frame) : 2 * len(strip.frame)])
    assert found[-1].std() > 30


def test_large_colour_images_are_webp_and_smaller():
    model = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 3))
    strip = strip_of(model, torch.rand(1, 3, 100, 180))
    files = pictures.draw(strip)
    assert all(file[8:12] == b"WEBP" for file in files)
    assert [np.asarray(picture).shape for picture in drawn(strip)][:1] == [(89, 160, 3)]


@pytest.mark.parametrize("folder", ["run", "run/neural-strips"])
def test_the_page_finds_them_beside_what_the_run_recorded(provide, tmp_path, folder):
    recorder = recorder_of()
    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step in (0, 5):
            recorder.write_probe(writer, step)
    with SummaryWriter(str(tmp_path / folder)) as writer:
        for step, radius in ((5, 0.1), (0, 0.1), (0, 0.2)):  # any order, and twice
            add_adversarial_strips(
                writer, recorder, [WRONG], step=step, targets=[3], radius=radius, **SHORT
            )
    store = store_of(provide(tmp_path))
    (model,) = store.snapshot.models
    entries = list(what_if_index.entries(store, model, AdversarialStrip))
    radii = [(e.step, store.record(model, e, AdversarialStrip).radius) for e in entries]
    assert sorted((step, round(radius, 6)) for step, radius in radii) == [
        (0, 0.1), (0, 0.2), (5, 0.1),
    ]  # fmt: skip


def test_the_probe_set_tells_how_its_images_were_normalized(writer, tmp_path):
    images, labels = digits()
    model = nn.Sequential(nn.Identity(), trained())
    model.forward = lambda inputs: trained()(inputs * 0.25 + 0.5)
    probe = ProbeSet((images[1000:1060] - 0.5) / 0.25, labels[1000:1060], mean=0.5, std=0.25)
    plain = recorder_of()
    normalized = Recorder(model, layers=["1"], graph=None, probe=probe, verbose=False)
    for step, recorder in enumerate((plain, normalized)):
        add_adversarial_strips(writer, recorder, [WRONG], step=step, targets=[3], **SHORT)
    writer.flush()
    one, other = (record for _, _, record, _ in found_in(tmp_path / "run"))
    np.testing.assert_allclose(other.l2, one.l2, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(other.effect, one.effect, rtol=1e-3, atol=1e-3)


def test_one_instance_and_target_need_no_list(writer, tmp_path):
    add_adversarial_strips(writer, recorder_of(), WRONG, step=4, targets="digit 3", **SHORT)
    writer.flush()
    assert [key for _, key, _, _ in found_in(tmp_path / "run")] == [f"{WRONG} class:3 l2"]


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("options", "instances", "message"),
        [
            ({"probe": None}, [0], r"make the recorder with probe=ProbeSet\(images\)"),
            ({}, [3, 60], "instance 60 of a probe set of 60"),
            ({}, [-1], "instance -1 of a probe set of 60"),
            ({"task": "regression", "classes": None}, [0], "task 'regression'"),
        ],
    )
    def test_is_refused(self, writer, options, instances, message):
        with pytest.raises(ValueError, match=message):
            add_adversarial_strips(writer, recorder_of(**options), instances, step=0)

    def test_texts_have_no_pixels(self, writer):
        model = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(20, 3))
        probe = ProbeSet(torch.randint(0, 9, (6, 5)), [0, 1, 2] * 2)
        recorder = Recorder(model, probe=probe, graph=None, verbose=False)
        for targets in (None, [1]):
            with pytest.raises(ValueError, match="no images to ask about"):
                add_adversarial_strips(writer, recorder, [0], step=0, targets=targets)
