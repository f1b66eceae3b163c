from __future__ import annotations

from pathlib import Path
from typing import Any

import networks
import numpy as np
import pytest
import torch
from networks import digits
from numpy_counts import assert_histograms, assert_moments
from sklearn.metrics import confusion_matrix
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import counted, session, written

from summary_ops import Recorder, Schedule, Statistics
from summary_ops.streaming.budget import FOCUS

IMAGES, LABELS = (part[:120] for part in digits())
DARK = IMAGES.mean((1, 2, 3)) > 0.3
LAYER = "1"


def network(outputs: int = 10) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, outputs)).eval()


def recorder_of(model: nn.Module, **options: Any) -> Recorder:
    return Recorder(model, **{"verbose": False, "strict": True} | options)


def logits_of(model: nn.Module, images: Tensor = IMAGES) -> Tensor:
    with torch.no_grad():
        return model(images)


def test_a_slice_is_a_mask_or_everything_beside_the_classes() -> None:
    recorder = recorder_of(network())
    for rows in torch.arange(120).split(50):
        with recorder.observing(LABELS[rows], slices={"dark": DARK[rows], "night": True}):
            recorder.model(IMAGES[rows])
    found, values = counted(recorder), logits_of(recorder.model)
    expected = {"slice:dark": DARK, "slice:night": DARK | ~DARK, "class:4": LABELS == 4}
    for subset, chosen in expected.items():
        assert_histograms(found["histograms", LAYER], subset, values[chosen])
        assert_moments(found["moments", LAYER], subset, values[chosen])
    assert_histograms(found["histograms", LAYER], "all", values)


def test_slices_by_class_where_asked() -> None:
    recorder = recorder_of(network(), statistics=Statistics(cross_slices=True))
    with recorder.observing(LABELS, slices={"dark": DARK}):
        recorder.model(IMAGES)
    record, values = counted(recorder)["histograms", LAYER], logits_of(recorder.model)
    for digit in range(10):
        chosen = DARK & (digit == LABELS)
        subset = f"slice:dark/class:{digit}"
        if chosen.any():
            assert_histograms(record, subset, values[chosen])
        else:
            assert subset not in record.subsets
    assert_histograms(record, "all", values)


@pytest.mark.parametrize("first", ["clean", "attacked"])
def test_attacked_inputs_may_be_counted_in_their_slice_alone(first: str) -> None:
    recorder = recorder_of(network())
    attacked = IMAGES.flip(3)
    passes = {
        "clean": lambda: recorder.run([(IMAGES, LABELS)], progress=False),
        "attacked": lambda: recorder.run(
            [(attacked, LABELS)], subset="attacked", only=True, progress=False
        ),
    }
    for name in (first, *(passes.keys() - {first})):
        passes[name]()
    found, model = counted(recorder), recorder.model
    assert_histograms(found["histograms", LAYER], "slice:attacked", logits_of(model, attacked))
    assert_histograms(found["histograms", LAYER], "all", logits_of(model))
    for digit in range(10):
        chosen = digit == LABELS
        assert_histograms(found["histograms", LAYER], f"class:{digit}", logits_of(model)[chosen])
    metrics = found["class_metrics", ""]
    guess = logits_of(model).argmax(1)
    np.testing.assert_array_equal(metrics.confusion, confusion_matrix(LABELS, guess))


def test_a_pass_may_belong_to_a_slice_and_to_its_classes() -> None:
    recorder = recorder_of(network())
    recorder.run([(IMAGES, LABELS)], subset="night", progress=False)
    record, values = counted(recorder)["histograms", LAYER], logits_of(recorder.model)
    for subset, chosen in (("slice:night", LABELS >= 0), ("class:1", LABELS == 1)):
        assert_histograms(record, subset, values[chosen])


def test_histograms_by_predicted_class_where_asked() -> None:
    model = network()
    values = logits_of(model)
    for asked in (False, True):
        recorder = recorder_of(model, statistics=Statistics(predicted_histograms=asked))
        recorder.run([(IMAGES, LABELS)], progress=False)
        found = counted(recorder)
        for digit in values.argmax(1).unique().tolist():
            chosen, subset = values.argmax(1) == digit, f"predicted:{digit}"
            assert_moments(found["moments", LAYER], subset, values[chosen])
            assert (subset in found["histograms", LAYER].subsets) is asked
            if asked:
                assert_histograms(found["histograms", LAYER], subset, values[chosen])


@pytest.mark.parametrize(
    ("task", "outputs", "labels", "expected"),
    [
        ("multiclass", 1, LABELS, r"'multiclass' expects .*\[batch, classes\].* gave \[120, 1\]"),
        ("binary", 2, LABELS > 4, r"'binary' expects .*\[batch, 1\].* gave \[120, 2\]"),
        ("regression", 3, LABELS.float(), r"'regression' expects .* gave \[120, 3\]"),
    ],
)
def test_an_output_that_contradicts_the_task_is_an_error_that_names_both(
    task: str, outputs: int, labels: Tensor, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        recorder_of(network(outputs), task=task).run([(IMAGES, labels)], progress=False)


def test_an_output_that_contradicts_the_class_names_is_an_error_that_names_both() -> None:
    with pytest.raises(ValueError, match=r"3 class names, but .* shape \[120, 10\]"):
        recorder_of(network(), classes=["a", "b", "c"]).run([(IMAGES, LABELS)], progress=False)


def test_labels_that_contradict_the_task_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"labels of shape \[120\], expected \[batch, labels\]"):
        recorder_of(network(), task="multilabel").run([(IMAGES, LABELS)], progress=False)


@pytest.mark.parametrize(
    "labels", [LABELS, LABELS[:, None], LABELS.numpy(), LABELS.tolist(), LABELS.double()]
)
def test_labels_of_any_array_are_taken(labels: Any) -> None:
    recorder = recorder_of(network())
    recorder.run([(IMAGES, labels)], progress=False)
    assert counted(recorder)["class_metrics", ""].inputs.tolist() == LABELS.bincount().tolist()


@pytest.mark.parametrize("kind", ["dict", "dataclass"])
@pytest.mark.parametrize("output", [None, "logits", lambda found: found["logits"]])
def test_the_prediction_is_found_or_chosen_in_what_the_model_returns(
    kind: str, output: Any
) -> None:
    if kind == "dataclass" and callable(output):
        output = lambda found: found.logits  # noqa: E731
    model = networks.Enclosed(kind=kind).eval()
    recorder = recorder_of(model, output=output)
    recorder.run([(IMAGES, LABELS)], progress=False)
    with torch.no_grad():
        logits = model(IMAGES)["logits"] if kind == "dict" else model(IMAGES).logits
    found = counted(recorder)["class_metrics", ""]
    np.testing.assert_array_equal(found.confusion, confusion_matrix(LABELS, logits.argmax(1)))


class Text(nn.Module):
    """Takes keywords, as language models do."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(17, 6), nn.Linear(6, 10)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        weight = attention_mask[..., None].float()
        return self.head((self.embed(input_ids) * weight).sum(1) / weight.sum(1))


def test_run_takes_dicts_and_finds_the_attention_mask_in_them() -> None:
    ids = (IMAGES[:, 0, :, 3] * 16).long()
    mask = (torch.arange(8) < 1 + LABELS[:, None] % 8).long()
    batch = {"input_ids": ids, "attention_mask": mask, "labels": LABELS}
    recorder = recorder_of(Text(), layers=["embed"])
    recorder.run([batch], progress=False)
    assert batch.keys() == {"input_ids", "attention_mask", "labels"}
    embedded = recorder.model.embed(ids).detach().masked_fill(mask[..., None] == 0, -torch.inf)
    assert_histograms(counted(recorder)["histograms", "embed"], "all", embedded.amax(1))


def test_run_takes_any_batch_with_unpack_and_mask() -> None:
    rows = [{"x": IMAGES, "meta": {"y": LABELS, "length": LABELS % 8 + 1}}]
    recorder = recorder_of(networks.Encoder().eval(), layers=["embed"])
    recorder.run(
        rows,
        unpack=lambda batch: (batch["x"], batch["meta"]["y"]),
        mask=lambda batch: torch.arange(8) < batch["meta"]["length"][:, None],
        progress=False,
    )
    kept = torch.arange(8) < (LABELS % 8 + 1)[:, None]
    values = recorder.model.embed(IMAGES[:, 0]).detach().masked_fill(~kept[..., None], -torch.inf)
    assert_histograms(counted(recorder)["histograms", "embed"], "all", values.amax(1))


MANY = 200


def many_classes(focus: Any = None, **options: Any) -> tuple[Recorder, Tensor, np.ndarray]:
    model = network(MANY)
    labels = (LABELS * 13 + IMAGES.sum((1, 2, 3)).long()) % MANY
    recorder = recorder_of(model, statistics=Statistics(max_bytes=2**22, focus=focus), **options)
    confusion = confusion_matrix(labels, logits_of(model).argmax(1), labels=range(MANY))
    return recorder, labels, confusion


def most_confused(confusion: np.ndarray) -> set[str]:
    wrong = confusion - np.diag(np.diag(confusion))
    order = np.argsort(-(wrong.sum(0) + wrong.sum(1)), kind="stable")
    return {f"class:{index}" for index in order[:FOCUS]}


def classes_of(record: Any) -> set[str]:
    return {subset for subset in record.subsets if subset.startswith("class:")}


def test_of_too_many_classes_those_most_confused_at_the_first_record_keep_histograms(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    recorder, labels, confusion = many_classes()
    for step in range(3):
        recorder.run([(IMAGES, labels)], progress=False)
        recorder.write(writer, step)
    writer.flush()
    found, values = written(tmp_path / "run"), logits_of(recorder.model)
    assert classes_of(found["histograms", LAYER, 0]) == set()
    for step in (1, 2):
        assert classes_of(found["histograms", LAYER, step]) == most_confused(confusion)
    for step in range(3):
        record = found["histograms", LAYER, step]
        assert_histograms(record, "all", values)
        for subset in classes_of(record):
            assert_histograms(record, subset, values[labels == int(subset[6:])])
        np.testing.assert_array_equal(found["class_metrics", "", step].confusion, confusion)
        assert len(classes_of(found["moments", LAYER, step])) == MANY
    assert any(
        "max_bytes" in note and "focus" in note for note in session(tmp_path / "run").left_out
    )


def test_focus_classes_that_were_given_keep_histograms_from_the_first_record_on(
    writer: SummaryWriter, tmp_path: Path
) -> None:
    names = [f"kind {index}" for index in range(MANY)]
    recorder, labels, _ = many_classes(classes=names, focus=["kind 7", 3])
    for step in range(2):
        recorder.run([(IMAGES, labels)], progress=False)
        recorder.write(writer, step)
    writer.flush()
    for step in range(2):
        record = written(tmp_path / "run")["histograms", LAYER, step]
        assert classes_of(record) == {"class:3", "class:7"}


def test_what_does_not_fit_is_said_with_the_first_batch_and_the_bytes_with_the_first_record(
    writer: SummaryWriter, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder, labels, _ = many_classes(verbose=True, schedule=Schedule.log_spaced(1000, n=40))
    capsys.readouterr()
    batch = IMAGES.repeat(3, 1, 1, 1), labels.repeat(3)
    recorder.run([batch], progress=False)
    said = capsys.readouterr().err
    assert "not recorded: histograms of the 200 classes" in said
    assert "max_bytes" in said
    recorder.write(writer, 0)
    count = recorder.schedule.count()
    assert f"the {count} steps of the schedule take about" in capsys.readouterr().err
    recorder.run([batch], progress=False)
    recorder.write(writer, 1)
    assert "MB in" not in capsys.readouterr().err
