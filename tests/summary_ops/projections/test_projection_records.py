"""What a recorder writes for maps of the probe set is true of the layers' full activations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.manifold import trustworthiness
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from summary_ops import Graph, ProbeSet, Projection, Recorder, Statistics
from summary_ops.network.layouts.axes import flat
from summary_ops.passes.probe_pass import ProbeResult
from summary_ops.session.writer import Rows
from tb_plugin_neural.analysis.pivot_mds import pivot_mds
from tb_plugin_neural.contract.projection_records import Neighbours, PivotDistances
from tests.summary_ops import networks

IMAGES, LABELS = (part[:90] for part in networks.digits())
MANY = ProbeSet(networks.digits()[0][:300], focus=(70, 3, 12))
"""More than go through the model at once."""

FOCUS = (70, 3, 12)
HALF = 2**-10
"""Relative error of float16."""


def recorder_of(model: nn.Module, probe: ProbeSet | None = None, **options: Any) -> Recorder:
    probe = probe or ProbeSet(IMAGES, LABELS, focus=FOCUS)
    options = {"graph": None, "verbose": False, "strict": True} | options
    return Recorder(model, probe=probe, **options)


def probed(recorder: Recorder) -> ProbeResult:
    return recorder.pipeline.probe.run(torch.device("cpu"))


def by_kind(rows: Rows) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for layer, record in rows:
        found.setdefault(record.kind, {})[layer] = record
    return found


def seen(recorder: Recorder) -> dict[str, dict[str, Any]]:
    """The records of a pass over the probe set, by kind and layer."""
    return by_kind(probed(recorder).rows)


def activations(model: nn.Module, layers: list[str], inputs: Tensor) -> dict[str, Tensor]:
    """What the layers put out, by plain hooks: `[instances, numbers]` in float64."""
    outputs: dict[str, list[Tensor]] = {}
    handles = []
    for name in layers:

        def keep(_module: nn.Module, _args: Any, output: Tensor, name: str = name) -> None:
            outputs.setdefault(name, []).append(output.detach().clone())

        handles.append(model.get_submodule(name).register_forward_hook(keep))
    model.eval()
    with torch.no_grad():
        model(inputs)
    for handle in handles:
        handle.remove()
    return {
        name + (f":{call}" if call else ""): output.movedim(
            list(output.shape).index(len(inputs)), 0
        )
        .flatten(1)
        .double()
        for name, calls in outputs.items()
        for call, output in enumerate(calls)
    }


MODELS: dict[str, Callable[[], nn.Module]] = {
    "in place": lambda: networks.Vgg(inplace=True),
    "a module called twice": networks.Residual,
    "functional": networks.FunctionalCnn,
    "transformer": networks.Encoder,
    "batch second": lambda: networks.Encoder(batch_first=False),
    "channels last": lambda: networks.Vgg().to(memory_format=torch.channels_last),
}


SIZES = {
    "one batch": (ProbeSet(IMAGES, LABELS, focus=FOCUS), 2**20),
    "two batches": (MANY, 2**26),
    "several passes": (MANY, 2**20),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", MODELS)
def test_they_are_those_of_the_full_activations(name: str, size: str) -> None:
    model, (probe, max_bytes) = MODELS[name](), SIZES[size]
    layers = "*.relu" if name == "a module called twice" else "auto"
    recorder = recorder_of(model, probe, layers=layers, statistics=Statistics(max_bytes=max_bytes))
    result = probed(recorder)
    found = by_kind(result.rows)
    whole = activations(model, [*recorder.pipeline.network.layers], probe.inputs)
    assert found["pivot_distances"].keys() == found["neighbours"].keys() == whole.keys()
    assert result.left_out == ()
    for layer, values in whole.items():
        expected = cdist(values, values)
        record = found["pivot_distances"][layer]
        np.testing.assert_allclose(record.distances(), expected[:, record.pivot], rtol=HALF)
        among = expected[np.ix_(FOCUS, FOCUS)]
        assert record.focus.tolist() == list(FOCUS)
        np.testing.assert_allclose(record.among(), among, rtol=HALF)
        assert record.level.max() < 2**14
        assert_nearest(found["neighbours"][layer], expected)


def assert_nearest(record: Neighbours, expected: np.ndarray) -> None:
    """The neighbours are the nearest ones; of equally near ones any."""
    count = record.instance.shape[1]
    others = expected.copy()
    np.fill_diagonal(others, np.inf)
    nearest = np.sort(others)[:, :count]
    of_those = np.take_along_axis(others, record.instance.astype(int), 1)
    np.testing.assert_allclose(of_those, nearest, rtol=1e-4)
    np.testing.assert_allclose(record.distances(), nearest, rtol=HALF)
    assert all(len(set(row)) == count for row in record.instance.tolist())


@pytest.mark.parametrize("size", SIZES)
def test_inference_mode_makes_no_difference(size: str) -> None:
    model, (probe, max_bytes) = networks.Vgg(), SIZES[size]
    expected = seen(recorder_of(model, probe, statistics=Statistics(max_bytes=max_bytes)))[
        "neighbours"
    ]
    with torch.inference_mode():
        found = seen(recorder_of(model, probe, statistics=Statistics(max_bytes=max_bytes)))[
            "neighbours"
        ]
    for layer, record in expected.items():
        np.testing.assert_array_equal(record.instance, found[layer].instance)


def test_the_pivots_are_the_same_for_all_layers_steps_and_networks() -> None:
    pivots = set()
    for model in (networks.Vgg(), networks.Encoder()):
        recorder = recorder_of(model)
        for _ in range(2):
            pivots |= {tuple(r.pivot.tolist()) for r in seen(recorder)["pivot_distances"].values()}
            with torch.no_grad():
                next(model.parameters()).mul_(2)
    assert len(pivots) == 1
    assert len(set(pivots.pop())) == 32


def test_cosine_is_between_full_activations_too() -> None:
    model = networks.Vgg()
    found = seen(recorder_of(model, projection=Projection(metric="cosine")))
    for layer, values in activations(model, [*found["neighbours"]], IMAGES).items():
        expected = cdist(values, values, "cosine")
        record = found["pivot_distances"][layer]
        np.testing.assert_allclose(
            record.distances(), expected[:, record.pivot], rtol=HALF, atol=1e-12
        )
        assert record.metric == found["neighbours"][layer].metric == "cosine"
        assert_nearest(found["neighbours"][layer], expected)


def test_of_equally_near_ones_the_first_are_the_neighbours() -> None:
    probe = ProbeSet(torch.cat((IMAGES[:1].expand(4, -1, -1, -1), IMAGES[:20])))
    for record in seen(recorder_of(networks.Vgg(), probe))["neighbours"].values():
        assert record.instance[3, :4].tolist() == [0, 1, 2, 4]
        assert record.level[3, :4].tolist() == [0, 0, 0, 0]


def test_the_quality_is_that_of_the_map_that_is_drawn() -> None:
    model = networks.Vgg()
    found = seen(recorder_of(model))
    for layer, values in activations(model, [*found["neighbours"]], IMAGES).items():
        drawn = found["pivot_distances"][layer]
        xy = pivot_mds(drawn.distances(), drawn.pivot)
        record = found["neighbours"][layer]
        assert record.trustworthiness == pytest.approx(trustworthiness(values, xy, n_neighbors=15))
        assert record.continuity == pytest.approx(trustworthiness(xy, values, n_neighbors=15))
        near = np.argsort(cdist(xy, xy), axis=1)[:, 1:16]
        shared = [
            len({*a} & {*b}) for a, b in zip(near.tolist(), record.instance.tolist(), strict=True)
        ]
        assert record.preservation == pytest.approx(np.mean(shared) / 15)


def test_padded_positions_do_not_count() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(40, 6)
            self.head = nn.Linear(6, 3)

        def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
            hidden = self.embed(input_ids) * attention_mask[..., None]
            return self.head(hidden.sum(1))

    ids = torch.randint(1, 40, (50, 7))
    mask = (torch.arange(7) < torch.arange(50)[:, None] % 7 + 1).long()
    model, found = Tokens(), []
    for padding in (0, 5):
        inputs = {"input_ids": ids * mask + padding * (1 - mask), "attention_mask": mask}
        recorder = recorder_of(model, ProbeSet(inputs), layers=["embed"])
        found.append(seen(recorder)["neighbours"]["embed"])
    assert np.array_equal(found[0].instance, found[1].instance)
    with torch.no_grad():
        values = flat(model.embed(ids), 2, mask=mask)
    assert_nearest(found[0], cdist(values.double(), values.double()))


class Odd(nn.Module):
    """One layer gives NaN, one is ragged, one sees some of the inputs alone."""

    def __init__(self) -> None:
        super().__init__()
        self.good, self.nan, self.some = nn.Linear(64, 9), nn.Linear(64, 8), nn.Linear(64, 7)
        self.ragged = nn.Identity()
        nn.init.constant_(self.nan.bias[2:3], torch.nan)

    def forward(self, images: Tensor) -> Tensor:
        x = images.flatten(1)
        self.nan(x)
        self.ragged(torch.nested.nested_tensor([row[: 3 + n % 5, None] for n, row in enumerate(x)]))
        if x[0].sum() == IMAGES[0].sum():
            self.some(x)
        return self.good(x)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_a_layer_that_cannot_be_compared_is_left_out_and_told(tmp_path: Path) -> None:
    images = (
        IMAGES[:1].expand(1, 1, 8, 8).repeat(300, 1, 1, 1) * torch.arange(300)[:, None, None, None]
    )
    images[0] = IMAGES[0]
    recorder = recorder_of(Odd(), ProbeSet(images), layers=["good", "nan", "some", "ragged"])
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.write_probe(writer, 0)
    assert recorder.pipeline.step_records.about.left_out == (
        "projections in 1 layer (nan): some activations are not finite",
        "projections in 1 layer (ragged): instances differ in size; pad their inputs to one size",
        "projections in 1 layer (some): not every instance goes through it",
    )
    assert seen(recorder)["pivot_distances"].keys() == {"good"}


def test_what_memory_does_not_hold_is_left_out_and_told() -> None:
    recorder = recorder_of(networks.Vgg(), MANY, statistics=Statistics(max_bytes=200_000))
    result = probed(recorder)
    found = by_kind(result.rows)
    assert found["pivot_distances"].keys() - found["neighbours"].keys() == {"features.2"}
    (note,) = result.left_out
    assert note.startswith("neighbours in 1 layer (features.2): more than 8 passes")
    assert "max_bytes" in note
    plenty = seen(recorder_of(recorder.model, MANY))
    for layer, record in found["pivot_distances"].items():
        expected = plenty["pivot_distances"][layer]
        np.testing.assert_allclose(record.distances(), expected.distances(), rtol=HALF)


def test_none_records_none_and_no_neighbours_leave_the_pivots() -> None:
    kinds = {"pivot_distances", "neighbours"}
    assert not kinds & seen(recorder_of(networks.Vgg(), projection=None)).keys()
    found = seen(recorder_of(networks.Vgg(), projection=Projection(pivots=4, neighbours=0)))
    assert kinds & found.keys() == {"pivot_distances"}
    assert {len(record.pivot) for record in found["pivot_distances"].values()} == {4}


@pytest.mark.parametrize("size", [1, 2, 3, 16])
def test_few_instances_have_as_many_neighbours_as_there_are(size: int) -> None:
    found = seen(recorder_of(networks.Vgg(), ProbeSet(IMAGES[:size])))
    assert all(record.level.shape == (size, size) for record in found["pivot_distances"].values())
    for record in found.get("neighbours", {}).values():
        assert record.instance.shape == (size, size - 1)
        assert record.trustworthiness is None
    assert ("neighbours" in found) == (size > 1)


def test_records_are_written_with_the_others_and_read_back(tmp_path: Path) -> None:
    recorder = recorder_of(networks.Vgg(), graph=Graph())
    with SummaryWriter(str(tmp_path)) as writer:
        recorder.run([(IMAGES, LABELS)], progress=False)
        expected = {
            (record.kind, layer): record
            for layer, record in recorder._probed.rows
            if isinstance(record, (PivotDistances, Neighbours))
        }
        recorder.write(writer, 3)
    assert expected
    for (kind, layer), record in expected.items():
        (blob, *_) = record.pack()
        assert type(record).unpack(blob).level.tolist() == record.level.tolist(), (kind, layer)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pivots": 0}, "pivots=0"),
        ({"neighbours": -1}, "neighbours=-1"),
        ({"metric": "l1"}, "'l1'"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Projection(**options)


def test_options_of_another_type_are_refused() -> None:
    with pytest.raises(TypeError, match=r"neighbours=1\.5"):
        Projection(neighbours=1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="projection=True"):
        Recorder(networks.Vgg(), projection=True)  # type: ignore[arg-type]


def test_focus_is_on_instances_and_no_part_of_the_probe_sets_identity() -> None:
    assert ProbeSet(IMAGES, focus=[4, 4, 2]).focus == (4, 2)
    assert ProbeSet(IMAGES, focus=[4]).hash == ProbeSet(IMAGES).hash
    for focus in ([90], [-1], range(65)):
        with pytest.raises(ValueError, match="at most 64 of the indices 0 to 89"):
            ProbeSet(IMAGES, focus=focus)
