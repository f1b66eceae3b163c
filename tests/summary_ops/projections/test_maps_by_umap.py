"""Maps made beforehand: what is written is UMAP's, of the full activations' distances."""

from __future__ import annotations

import builtins
import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.manifold import trustworthiness
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, RecordingWarning, project
from tb_plugin_neural.analysis.procrustes import align
from tb_plugin_neural.contract.projection_records import ProjectionMap
from tests.summary_ops import networks
from tests.summary_ops.written import written

IMAGES, LABELS = (part[:50] for part in networks.digits())
LAYER = "features.5"


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    torch.manual_seed(0)
    model = networks.Vgg(inplace=True).train()
    return Recorder(model, probe=ProbeSet(IMAGES, LABELS), verbose=False, strict=True)


def maps(recorder: Recorder, folder: Path, **options: Any) -> dict[tuple[str, int], ProjectionMap]:
    with SummaryWriter(str(folder)) as writer:
        project(writer, recorder, neighbours=5, **options)
    found = written(folder)
    return {key[1:]: record for key, record in found.items() if key[0] == ProjectionMap.kind}


def test_every_layer_is_mapped_and_the_quality_is_that_of_the_map(
    recorder: Recorder, tmp_path: Path
) -> None:
    random = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    threads = torch.get_num_threads()
    found = maps(recorder, tmp_path / "a", step=7)
    assert [*found] == [(layer, 7) for layer in recorder.pipeline.observed.layers]
    again = maps(recorder, tmp_path / "b", step=7)
    with torch.no_grad():
        values = copy.deepcopy(recorder.model).eval().features[:6](IMAGES).flatten(1)
    record = found[LAYER, 7]
    assert record.xy.tolist() == again[LAYER, 7].xy.tolist()
    xy = record.xy.astype(float)
    assert record.trustworthiness == pytest.approx(trustworthiness(values, xy, n_neighbors=5))
    assert record.continuity == pytest.approx(trustworthiness(xy, values, n_neighbors=5))
    assert record.trustworthiness > 0.8
    assert "n_neighbors=5" in record.parameters
    assert recorder.model.training
    assert torch.equal(torch.get_rng_state(), random[0])
    assert np.random.get_state()[1].tolist() == random[1]  # noqa: NPY002
    assert torch.get_num_threads() == threads


def test_maps_over_steps_are_of_the_steps_weights_and_lie_alike_when_aligned(
    recorder: Recorder, tmp_path: Path
) -> None:
    own = copy.deepcopy(recorder.model.state_dict())
    other = networks.Vgg().state_dict()
    options = {"weights": {0: own, 5: other, 9: own}, "layers": LAYER}
    moved = {}
    for method in ("umap", "aligned_umap"):
        found = maps(recorder, tmp_path / method, method=method, **options)
        assert [*found] == [(LAYER, 0), (LAYER, 5), (LAYER, 9)]
        xy = [record.xy.astype(float) for record in found.values()]
        assert all(np.isfinite(points).all() for points in xy)
        size = np.sqrt(cdist(xy[0], xy[0]).mean())
        moved[method] = np.linalg.norm(xy[1] - align(xy[0], xy[1]).points, axis=1).mean() / size
        model = networks.Vgg().eval()
        model.load_state_dict(other)
        with torch.no_grad():
            values = model.features[:6](IMAGES).flatten(1)
        record = found[LAYER, 5]
        assert record.trustworthiness == pytest.approx(
            trustworthiness(values, xy[1], n_neighbors=5)
        )
    assert moved["aligned_umap"] < moved["umap"]
    assert str(recorder.model.state_dict()) == str(own)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "pass step="),
        ({"step": 0, "weights": {}}, "pass step="),
        ({"step": 0, "method": "tsne"}, "'tsne'"),
        ({"step": 0, "metric": "l1"}, "'l1'"),
        ({"weights": {}}, "pass step="),
        ({"step": 0, "layers": ["nowhere"]}, "no layer 'nowhere' among those that are recorded"),
        ({"step": 0, "layers": LAYER, "method": "aligned_umap"}, "there is one"),
    ],
)
def test_what_contradicts_is_refused(
    recorder: Recorder, writer: SummaryWriter, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        project(writer, recorder, **options)


def test_a_model_keeps_its_weights_where_maps_of_others_fail(
    recorder: Recorder, writer: SummaryWriter
) -> None:
    own = copy.deepcopy(recorder.model.state_dict())
    other = networks.Vgg().state_dict()
    with pytest.raises(ValueError, match="no layer 'nowhere'"):
        project(writer, recorder, weights={0: other}, layers="nowhere")
    assert str(recorder.model.state_dict()) == str(own)


def test_layers_that_cannot_be_compared_are_told_and_others_are_mapped(tmp_path: Path) -> None:
    model = networks.Vgg()
    torch.nn.init.constant_(list(model.parameters())[-1], torch.nan)
    recorder = Recorder(model, probe=ProbeSet(IMAGES[:20]), verbose=False)
    last = list(recorder.pipeline.network.layers)[-1]
    with pytest.warns(RecordingWarning, match=rf"{last}\): some activations are not finite"):
        found = maps(recorder, tmp_path, step=0, layers=[LAYER, last], progress=False)
    assert [*found] == [(LAYER, 0)]
    with pytest.raises(ValueError, match="no layer has activations that can be compared"):
        maps(recorder, tmp_path, step=1, layers=last, progress=False)


def test_a_map_needs_instances(writer: SummaryWriter) -> None:
    for probe in (None, ProbeSet(IMAGES[:9])):
        recorder = Recorder(networks.Vgg(), probe=probe, verbose=False)
        with pytest.raises(ValueError, match="needs 10 inputs or more"):
            project(writer, recorder, step=0)


def test_a_missing_package_is_named(
    recorder: Recorder, writer: SummaryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "umap":
            raise ModuleNotFoundError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="pip install umap-learn"):
        project(writer, recorder, step=0)
