"""Attack reports: who is compared with whom, by which scores, and what a known network gives."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import logsumexp, softmax
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, Statistics, add_attack_report, attack_report, attacks
from summary_ops.jobs.attack_report.data import Split
from summary_ops.jobs.attack_report.scores import BASELINES, MEASURES, Scores, baselines
from summary_ops.streaming import processes
from tb_plugin_neural.contract.what_if_records import AttackReport
from tests.recording import CLASSES, Network, train
from tests.servers import Page, start_python
from tests.summary_ops.networks import digits
from tests.summary_ops.written import last

IMAGES, LABELS = (part[1300:] for part in digits())
REFERENCE = tuple(part[:1300] for part in digits())
QUICK = {"reference": REFERENCE, "bootstrap": 100, "progress": False}
STRONG = partial(attacks.pgd, steps=10)


@pytest.fixture(scope="module")
def network() -> Network:
    *_, (_, model) = train(0, 0.05, (280,))
    return model


def recorder_of(model: nn.Module, **options: Any) -> Recorder:
    return Recorder(model, **{"classes": CLASSES, "verbose": False, "graph": None} | options)


def report(model: nn.Module, images: Tensor = IMAGES, labels: Any = LABELS, **options: Any):
    return attack_report(recorder_of(model), images, labels, **QUICK | options)


@pytest.fixture(scope="module")
def found(network: Network) -> AttackReport:
    return report(network, attacks={"PGD": STRONG}, strengths=(0.1, 0.25))


@pytest.fixture(scope="module")
def scores(network: Network) -> Scores:
    return Scores(
        recorder_of(network), [REFERENCE], measures=MEASURES, layers=None,
        device=torch.device("cpu"), progress=False,
    )  # fmt: skip


def split(model: nn.Module, seed: int = 0) -> Split:
    model.eval()
    options = {"targets": None, "mean": None, "std": None, "value_range": (0, 1)}
    with attacks.attack_target.attacking(model, IMAGES, LABELS, **options) as target:
        return Split.of(target, seed)


class TestWhoIsCompared:
    def test_the_attacked_and_those_they_are_compared_with_are_apart(self, network):
        chosen = split(network)
        right = network(IMAGES).argmax(1) == LABELS
        parts = [chosen.sources, chosen.negatives, chosen.errors]
        assert torch.cat(parts).sort().values.tolist() == list(range(len(IMAGES)))
        assert right[chosen.sources].all()
        assert right[chosen.negatives].all()
        assert not right[chosen.errors].any()
        counts = [LABELS[part].bincount(minlength=10) for part in parts[:2]]
        assert int((counts[0] - counts[1]).abs().max()) <= 1
        assert not torch.equal(split(network, seed=1).sources, chosen.sources)

    def test_counts_and_success_are_those_of_the_attack(self, network, found):
        chosen = split(network)
        assert found.groups == ("PGD", "PGD", "benign errors", "noise as PGD", "noise as PGD")
        assert found.of == ("attack", "attack", "control", "control", "control")
        np.testing.assert_array_equal(found.strength, np.float32([0.1, 0.25, np.nan, 0.1, 0.25]))
        sources = IMAGES[chosen.sources], LABELS[chosen.sources]
        led = [int(STRONG(network, *sources, eps=eps).success.sum()) for eps in (0.1, 0.25)]
        size, wrong = len(chosen.sources), len(chosen.errors)
        assert found.inputs.tolist() == [size, size, wrong, size, size]
        assert found.positives.tolist() == [*led, wrong, size, size]
        assert set(found.negatives.tolist()) == {len(chosen.negatives)}
        assert found.reference == 1300

    def test_areas_are_those_of_the_scores_of_these(self, network, found, scores):
        chosen = split(network)
        benign, _ = scores.of(IMAGES[chosen.negatives])
        attack = STRONG(network, IMAGES[chosen.sources], LABELS[chosen.sources], eps=0.25)
        successful, _ = scores.of(attack.successful().images)
        label = [1] * len(successful) + [0] * len(benign)
        for column in range(len(scores.names)):
            both = np.concatenate((successful, benign))[:, column]
            expected = roc_auc_score(label, both)
            assert found.auroc[1, column] == pytest.approx(expected, abs=1e-6)
        assert (found.low <= found.auroc).all()
        assert (found.auroc <= found.high).all()

    def test_an_image_of_the_reference_may_not_be_tested(self, network):
        images = torch.cat((IMAGES[:50], REFERENCE[0][7:9]))
        labels = torch.cat((LABELS[:50], REFERENCE[1][7:9]))
        with pytest.raises(
            ValueError, match="2 of the images are in the reference as well, image 50"
        ):
            report(network, images, labels, attacks={})
        loader = DataLoader(TensorDataset(*REFERENCE), 64, shuffle=True)
        with pytest.raises(ValueError, match="2 of the images"):
            report(network, images, labels, attacks={}, reference=loader)


class TestScores:
    def test_baselines_are_as_they_are_defined_also_where_the_model_is_sure(self):
        logits = torch.randn(40, 7, generator=torch.Generator().manual_seed(0)) * 4
        values = logits.double().numpy()
        ranked = np.sort(values, axis=1)
        expected = (
            1 - softmax(values, axis=1).max(1),
            ranked[:, -2] - ranked[:, -1],
            -logsumexp(values, axis=1),
        )
        np.testing.assert_allclose(baselines(logits), np.stack(expected, 1), rtol=1e-6, atol=1e-12)
        sure = baselines(torch.tensor([[60.0, 0.0], [80.0, 0.0]]))[:, 0]
        assert sure[0] > sure[1] > 0

    def test_every_measure_has_the_mean_of_its_layers(self, scores):
        values, predicted = scores.of(IMAGES[:60])
        assert scores.names[:3] == [(name, "") for name in BASELINES]
        layers = ["features.1", "features.4", "classifier.1", "classifier.3", "classifier.4"]
        assert scores.names[3:] == [(m, layer) for m in MEASURES for layer in ("", *layers)]
        for start in (3, 9, 15):
            mean = values[:, start + 1 : start + 6].mean(1)
            np.testing.assert_allclose(values[:, start], mean)
        assert predicted.shape == (60,)

    def test_distances_are_those_that_the_page_shows(self, network, scores, tmp_path):
        """The page has the probe set's activations in 11 bits, and its own placing of bins."""
        chosen = list(range(0, 400, 25))
        probe = ProbeSet(IMAGES[chosen], LABELS[chosen])
        recorder = recorder_of(network, probe=probe, statistics=Statistics(probe_dtype="float16"))
        recorder.run([REFERENCE], progress=False)
        with SummaryWriter(str(tmp_path / "run")) as writer:
            recorder.write(writer, 0)
        page = Page(start_python(tmp_path))
        asked = {"run": "run", "model": "model", "step": 0, "i": list(range(len(chosen)))}
        shown = page.get("neural_divergence", **asked).json["instances"]
        values, predicted = scores.of(IMAGES[chosen])
        assert [one["predicted"] for one in shown] == predicted.tolist()
        for column, (measure, layer) in enumerate(scores.names):
            if not layer:
                continue
            key = {"robust_z": "robustZ"}.get(measure, measure)
            on_page = [
                next(one for one in instance["layers"] if one["name"] == layer)["predicted"][key]
                for instance in shown
            ]
            np.testing.assert_allclose(values[:, column], on_page, rtol=0.1, atol=0.03)

    def test_a_class_that_the_reference_lacks_is_named(self, network):
        part = REFERENCE[1] != 4
        reference = REFERENCE[0][part], REFERENCE[1][part]
        with pytest.raises(ValueError, match="predicted as class 4, which the reference has no"):
            report(network, reference=reference, attacks={})
        with pytest.raises(ValueError, match="a reference without labels"):
            report(network, reference=[REFERENCE[0]], attacks={})


class TestAttacks:
    def test_what_another_library_attacked_is_taken_as_it_is(self, network):
        made = attacks.fgsm(network, IMAGES[100:], LABELS[100:], eps=0.25).within(range(100, 497))
        other = attacks.pairs(made.benign, made.images, note="another", index=made.index)
        found = report(network, attacks={"another": other, "own": attacks.fgsm}, strengths=(0.25,))
        sources = split(network).sources
        inside = sources[sources >= 100]
        led = network(made.images[inside - 100]).argmax(1) != LABELS[inside]
        assert found.groups[:2] == ("another", "own")
        assert (found.inputs[0], found.positives[0]) == (len(inside), int(led.sum()))
        assert np.isnan(found.strength[0])
        wrong = attacks.pairs(made.benign, made.images, note="another")
        with pytest.raises(ValueError, match=r"'another' are not images\[attack.index\]"):
            report(network, attacks={"another": wrong})

    def test_a_function_may_return_the_altered_copies_alone(self, network):
        def brighter(model: nn.Module, images: Tensor, labels: Tensor, eps: float) -> Tensor:
            assert len(model(images)) == len(labels)
            return (images + eps).clamp(0, 1)

        found = report(network, attacks={"brighter": brighter}, strengths={"brighter": (0.1, 0.9)})
        assert found.groups[:2] == ("brighter", "brighter")
        assert found.positives[0] < found.positives[1]
        with pytest.raises(ValueError, match=r"'cut' gave \[\d+, 1, 8, 4\]"):
            report(network, attacks={"cut": lambda _m, images, *_, **_e: images[..., :4]})
        with pytest.raises(ValueError, match="strengths of 'dimmer'; the attacks are brighter"):
            report(network, attacks={"brighter": brighter}, strengths={"dimmer": (1,)})

    def test_images_may_be_normalized_and_the_prediction_chosen(self, network, found):
        class Normalized(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.network = network

            def forward(self, images: Tensor) -> dict[str, Tensor]:
                return {
                    "zeros": images.new_zeros(len(images), 3),
                    "y": self.network(images / 2 + 0.5),
                }

        recorder = recorder_of(Normalized(), output="y")
        options = {**QUICK, "mean": 0.5, "std": 0.5, "strengths": (0.25,)}
        options["reference"] = 2 * REFERENCE[0] - 1, REFERENCE[1]
        attack = {"PGD": partial(STRONG, mean=0.5, std=0.5)}
        other = attack_report(recorder, 2 * IMAGES - 1, LABELS, attacks=attack, **options)
        np.testing.assert_allclose(other.positives[0], found.positives[1], atol=2)
        np.testing.assert_allclose(other.auroc[0], found.auroc[1], atol=0.02)


class TestNothingIsLeft:
    @pytest.mark.parametrize("raising", [False, True])
    def test_of_a_model_in_training(self, raising):
        model = Network()
        nn.functional.cross_entropy(model(REFERENCE[0]), REFERENCE[1]).backward()
        weights, random = model.state_dict(), torch.get_rng_state()
        before = {name: value.clone() for name, value in weights.items()}
        gradients = [p.grad.clone() for p in model.parameters()]

        def attack(model: nn.Module, images: Tensor, *_: Any, eps: float) -> Tensor:
            if raising:
                raise RuntimeError("out of memory")
            return images * eps + 0 * model(images).sum()

        options = {"attacks": {"attack": attack}, "strengths": (1,)}
        options["reference"] = REFERENCE[0], model(REFERENCE[0]).argmax(1)
        with pytest.raises(RuntimeError, match="out of memory") if raising else nullcontext():
            report(model, labels=model(IMAGES).argmax(1), **options)
        assert model.training
        assert all(torch.equal(value, before[name]) for name, value in weights.items())
        assert all(
            torch.equal(p.grad, g) for p, g in zip(model.parameters(), gradients, strict=True)
        )
        assert torch.equal(random, torch.get_rng_state())
        assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_one_process_of_several_makes_it_without_waiting_for_the_others(network, monkeypatch):
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 0)
    monkeypatch.setattr(torch.distributed, "broadcast_object_list", pytest.fail)
    assert processes.active()
    found = report(network, attacks={"FGSM": attacks.fgsm}, strengths=0.1)
    assert found.groups == ("FGSM", "benign errors", "noise as FGSM")
    assert processes.active()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"measures": ("depth",)}, "measure 'depth', expected some of tail, surprisal, robust_z"),
        ({"layers": "features.9"}, r"no layer 'features.9' among those that are recorded: feat"),
        ({"bootstrap": 0}, "bootstrap=0"),
        ({"reference": REFERENCE[0].flatten(1)}, "the reference gives a Tensor, expected images"),
        ({"reference": (REFERENCE[0], REFERENCE[1][:9])}, "1300 images and 9 labels"),
        ({"images": IMAGES * 2}, r"pixels from 0 to 2, expected 0 to 1"),
        ({"labels": LABELS[:9]}, r"labels are .* expected class indices of shape \[497\]"),
    ],
)
def test_what_does_not_fit_is_told(network, options, message):
    with pytest.raises(ValueError, match=message):
        report(network, **{"attacks": {}} | options)


def test_where_the_model_is_sure_distances_tell_attacks_and_certainty_does_not(found):
    """A seeded case of `benchmarks.attack_report`; the same distances tell noise, too."""
    softmax_, tail = (found.measures.index(name) for name in ("max_softmax", "tail"))
    assert found.layers[tail] == ""
    assert found.positives[1] > 200
    assert found.high[1, softmax_] < found.low[1, tail]
    assert found.low[1, tail] > 0.75
    assert found.low[4, tail] > 0.5


def test_a_report_is_written_for_its_step(network, tmp_path):
    probe = ProbeSet(2 * REFERENCE[0][:9] - 1, mean=0.5, std=0.5)
    recorder = recorder_of(network, probe=probe, layers=["classifier.3"])
    with SummaryWriter(str(tmp_path)) as writer:
        add_attack_report(
            writer, recorder, 2 * IMAGES - 1, LABELS, step=7, attacks={}, bootstrap=10,
            reference=(2 * REFERENCE[0] - 1, REFERENCE[1]), progress=False,
        )  # fmt: skip
    found = last(tmp_path, AttackReport)
    assert (found.groups, found.layers) == (
        ("benign errors",),
        ("", "", "", *["", "classifier.3"] * 3),
    )
