"""Labels in the forms that datasets give them in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from networks import digits
from sklearn.metrics import confusion_matrix
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from written import counted, problems, written

from summary_ops import ProbeSet, Recorder, activation_distributions, tasks
from summary_ops.problems import RecordingWarning

CPU = torch.device("cpu")
NAMES = ("cat", "dog", "owl")
INDEX = torch.tensor([0, 2, 1, 2, -1])
TEXT = ["cat", "owl", "dog", "owl", None]
ONE_HOT = F.one_hot(INDEX.clamp(min=0), 3) * (INDEX >= 0)[:, None]


class Series:
    """A column of a table, whose rows are numbered from 100 on."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, label: int) -> Any:
        return self.values[{100 + at: at for at in range(len(self.values))}[label]]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        del copy
        return self.values if dtype is None else self.values.astype(dtype)


FORMS = {
    "indices": INDEX,
    "column": INDEX[:, None],
    "float indices": torch.where(INDEX < 0, torch.nan, INDEX.double()),
    "text": TEXT,
    "text as an array": np.array(TEXT, dtype=object),
    "bytes": [name and name.encode() for name in TEXT],
    "table column": Series(INDEX),
    "table column of text": Series(np.array(TEXT, dtype=object)),
    "one-hot": ONE_HOT,
    "one-hot floats": ONE_HOT.float(),
    "one-hot array": ONE_HOT.numpy(),
    "rows of one-hot": list(ONE_HOT),
    "scalars": list(INDEX),
    "None for unknown": [0, 2, 1, 2, None],
    "unsigned": np.array([0, 2, 1, 2, 255], dtype=np.uint8),
}


@pytest.mark.parametrize("form", FORMS)
def test_classes_in_any_form_are_indices(form: str) -> None:
    found = tasks.of("multiclass", NAMES).check_labels(FORMS[form], 5, CPU)
    assert found.dtype == torch.int64
    expected = INDEX.clone()
    expected[4] = 255 if form == "unsigned" else -1
    assert torch.equal(found, expected)


def test_one_hot_rows_are_taken_without_names_where_each_has_its_one() -> None:
    assert torch.equal(tasks.of("multiclass").check_labels(ONE_HOT[:4], 4, CPU), INDEX[:4])
    with pytest.raises(ValueError, match=r"labels of shape \[5, 3\], expected \[batch\]"):
        tasks.of("multiclass").check_labels(ONE_HOT, 5, CPU)


def test_two_columns_of_a_binary_task_are_its_classes() -> None:
    rows = F.one_hot(torch.tensor([1, 0, 0, 1]), 2)
    assert tasks.of("binary").check_labels(rows, 4, CPU).tolist() == [1, 0, 0, 1]


def test_several_labels_an_input_may_be_named() -> None:
    task = tasks.of("multilabel", NAMES)
    found = task.check_labels([["dog"], [], ("owl", "cat"), None], 4, CPU)
    assert found.tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 1], [-1, -1, -1]]


@pytest.mark.parametrize(
    ("task", "labels", "message"),
    [
        ("multiclass", ["cat", "bird"], "label 'bird' is none of the classes 'cat', 'dog', 'owl'"),
        ("multiclass", {"age": INDEX, "sex": INDEX}, "labels in a dict of 'age', 'sex', expected"),
        ("multiclass", (INDEX, INDEX.flip(0)), r"in a tuple of \[5\], \[5\], expected one label"),
        ("multiclass", (INDEX, INDEX.flip(0), 0.3), r"a tuple of \[5\], \[5\], float, expected"),
        ("multiclass", [{"boxes": INDEX}], "labels that hold a dict"),
        ("multiclass", 0.9 * ONE_HOT + 0.03, "soft labels"),
        ("multiclass", torch.tensor([0.5, 1.0]), "soft labels"),
        ("regression", ["high", "low"], "labels are text"),
        ("multilabel", [["bird"]], "label 'bird' is none of the classes"),
    ],
    ids=str,
)  # fmt: skip
def test_labels_that_no_task_takes_are_refused_with_what_is_expected(
    task: str, labels: Any, message: str
) -> None:
    kind = tasks.of(task, () if task == "regression" else NAMES)
    with pytest.raises((TypeError, ValueError), match=message):
        kind.check_labels(labels, 5, CPU)


def test_text_without_class_names_is_refused_with_the_argument_that_names_them() -> None:
    with pytest.raises(ValueError, match=r"labels are text \('cat'\).*pass classes=\["):
        tasks.of("multiclass").check_labels(TEXT, 5, CPU)


IMAGES, LABELS = (part[:90] for part in digits())
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, 10)).eval()


@pytest.mark.parametrize(
    "labels",
    [[WORDS[label] for label in LABELS], F.one_hot(LABELS, 10), Series(LABELS)],
    ids=["text", "one-hot", "table column"],
)
def test_what_is_recorded_is_what_indices_give(labels: Any) -> None:
    model = network()
    recorder = Recorder(model, classes=WORDS, verbose=False, strict=True)
    recorder.run([(IMAGES, labels)], progress=False)
    with torch.no_grad():
        expected = confusion_matrix(LABELS, model(IMAGES).argmax(1), labels=range(10))
    np.testing.assert_array_equal(counted(recorder)["class_metrics", ""].confusion, expected)


class Heads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.trunk = nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.ReLU())
        self.size, self.digit = nn.Linear(12, 1), nn.Linear(12, 10)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        hidden = self.trunk(images)
        return {"size": self.size(hidden), "digit": self.digit(hidden)}


OF_TASKS = {
    "dict": {"size": LABELS.float(), "digit": LABELS},
    "tuple": (LABELS.float(), LABELS),
    "mixed": (LABELS, LABELS.flip(0), 0.3),
    "text": list(WORDS) * 9,
    "boxes": [{"boxes": torch.zeros(at % 3, 4)} for at in range(90)],
}


@pytest.mark.parametrize("form", OF_TASKS)
@pytest.mark.parametrize("way", ["run", "observing"])
def test_without_a_task_labels_may_be_anything(form: str, way: str, writer: SummaryWriter) -> None:
    recorder = Recorder(Heads().eval(), task=None, verbose=False, strict=True)
    if way == "run":
        recorder.run([(IMAGES, OF_TASKS[form])], progress=False)
    else:
        with recorder.observing(OF_TASKS[form]), torch.no_grad():
            recorder.model(IMAGES)
    assert counted(recorder)["histograms", "trunk.2"].inputs.tolist() == [90]
    assert recorder.write(writer, 0)


def test_of_labels_for_several_tasks_those_named_as_the_output_are_taken() -> None:
    model = Heads().eval()
    recorder = Recorder(model, output="digit", verbose=False, strict=True)
    recorder.run([(IMAGES, OF_TASKS["dict"])], progress=False)
    with torch.no_grad():
        expected = confusion_matrix(LABELS, model(IMAGES)["digit"].argmax(1), labels=range(10))
    np.testing.assert_array_equal(counted(recorder)["class_metrics", ""].confusion, expected)


def test_labels_of_several_tasks_for_one_are_refused_early() -> None:
    recorder = Recorder(Heads().eval(), output=lambda found: found["digit"], verbose=False)
    with pytest.raises(TypeError, match="labels in a dict of 'size', 'digit'"):
        recorder.run([(IMAGES, OF_TASKS["dict"])], progress=False)


@pytest.mark.parametrize(
    ("task", "labels", "outputs", "message"),
    [
        ("multiclass", LABELS % 3 + 1, 3, "labels from 1 to 3, expected 0 to 2 .*pass labels - 1"),
        ("multiclass", LABELS % 3, 2, "labels from 0 to 2, expected 0 to 1 for 2 classes; what"),
        ("binary", (LABELS > 4).long() * 2 - 1, 1, r"labels are -1 and 1.*\(labels \+ 1\) // 2"),
    ],
    ids=["from one", "one too many", "plus and minus"],
)
def test_labels_numbered_otherwise_are_told_with_what_to_pass(
    task: str, labels: Tensor, outputs: int, message: str, writer: SummaryWriter, tmp_path: Path
) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, outputs))
    recorder = Recorder(model, task=task, verbose=False)
    recorder.run([(IMAGES, labels)], progress=False)
    with pytest.warns(RecordingWarning, match=message):
        recorder.write(writer, 0)
    writer.flush()
    assert problems(tmp_path / "run").keys() == {"labels"}
    inside = (labels >= 0) & (labels < max(outputs, 2))
    found = written(tmp_path / "run")["class_metrics", "", 0]
    assert found.unlabelled == int((~inside).sum())


@pytest.mark.parametrize(
    "labels",
    [LABELS % 2, torch.where(LABELS > 4, 1, 0), torch.full((90,), -1), LABELS % 2 - 1],
    ids=["both", "indices", "unknown", "zero and unknown"],
)
def test_unknown_labels_and_plain_indices_are_told_nothing(
    labels: Tensor, writer: SummaryWriter
) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    recorder = Recorder(model, verbose=False, strict=True)
    recorder.run([(IMAGES, labels)], progress=False)
    assert recorder.write(writer, 0)


@pytest.mark.parametrize("largest", [4_096, 20_190_412, 2**62])
def test_identifiers_are_refused_before_anything_is_made_of_them(
    largest: int, writer: SummaryWriter
) -> None:
    labels = np.array([7, 10, largest] * 10)
    values = np.ones((30, 4), np.float32)
    with pytest.raises(ValueError, match=rf"a label of {largest}, .*np.unique"):
        activation_distributions(writer, "fc", values, labels, step=0)


def test_indices_up_to_what_outputs_or_names_tell_are_no_identifiers(writer: SummaryWriter) -> None:
    values, labels = np.ones((30, 4), np.float32), np.array([7, 10, 5000] * 10)
    names = [str(index) for index in range(5001)]
    activation_distributions(writer, "fc", values, labels, step=0, classes=names)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 5001)).eval()
    recorder = Recorder(model, verbose=False, strict=True, graph=None)
    recorder.run([(IMAGES[:30], labels)], progress=False)
    assert counted(recorder)["class_metrics", ""].inputs[[7, 10, 5000]].tolist() == [10, 10, 10]


class Dataset:
    """Items of an image and its label."""

    def __init__(self, label_of: Any) -> None:
        self.label_of = label_of

    def __len__(self) -> int:
        return 30

    def __getitem__(self, index: int) -> tuple[Tensor, Any]:
        return IMAGES[index], self.label_of(index)


@pytest.mark.parametrize(
    ("label_of", "options"),
    [
        (lambda index: index % 3, {}),
        (lambda index: NAMES[index % 3], {"classes": NAMES}),
        (lambda index: F.one_hot(torch.tensor(index % 3), 3), {}),
    ],
    ids=["indices", "text", "one-hot"],
)
def test_a_probe_set_is_sampled_by_classes_in_any_form(label_of: Any, options: Any) -> None:
    probe = ProbeSet.sample(Dataset(label_of), 6, **options)
    assert probe.labels == (0, 0, 1, 1, 2, 2)
    assert probe.hash == ProbeSet.sample(Dataset(lambda index: index % 3), 6).hash


def test_a_probe_set_of_named_classes_asks_for_the_names() -> None:
    with pytest.raises(ValueError, match=r"labels are text \('cat'\).*pass classes="):
        ProbeSet.sample(Dataset(lambda index: NAMES[index % 3]), 6)
