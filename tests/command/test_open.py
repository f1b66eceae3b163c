"""`tensorboard-neural open`: a small network on small pictures, in both shapes of folder."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from summary_ops.problems import RecordingWarning
from tensorboard_neural import serving
from tensorboard_neural.cli import main
from tensorboard_neural.user_models import opening
from tests.logs import subject
from tests.pages import model_of
from tests.servers import Page, start_python

SOURCE = """
from torch import nn

def make(classes=3):
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 8), nn.ReLU(),
        nn.Linear(8, classes),
    )
"""
UNLABELLED = "net, classes as predicted"
DIGITS = load_digits()


def save_digits(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kind = folder.name if folder.name in {"zero", "one", "odd"} else "one"
    chosen = DIGITS.images[DIGITS.target == {"zero": 0, "one": 1, "odd": 3}[kind]][:count]
    for number, image in enumerate(np.round(chosen * 15.9).astype(np.uint8)):
        Image.fromarray(image).save(folder / f"{number:02}.png")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder with a network, its weights, and pictures of digits."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "net.py").write_text(SOURCE)
    torch.manual_seed(0)
    names: dict[str, object] = {}
    exec(SOURCE, names)  # noqa: S102
    state = names["make"]().state_dict()
    torch.save({"state_dict": {f"module.{k}": v for k, v in state.items()}}, folder / "net.pt")
    for kind, count in (("zero", 7), ("one", 5), ("odd", 3)):
        save_digits(folder / "labelled" / kind, count)
    save_digits(folder / "flat", 6)
    (folder / "flat" / "broken.png").write_bytes(b"no picture")
    (folder / "classes.txt").write_text("Zero\nONE\ntwo\n")
    return folder


def opened(home: Path, images: str, *more: str) -> list[str]:
    """The arguments of the command, for a network of 8 × 8 grey pixels that serves nothing."""
    named = ["open", f"{home / 'net.py'}:make", "--images", str(home / images), "--no-serve"]
    return [*named, "--size", "8", "--crop", "1", *more]


@pytest.fixture(scope="module")
def page(home) -> Page:
    """A page on two recorded runs: with labels, and without."""
    more = ["--weights", str(home / "net.pt"), "--logdir", str(home / "runs")]
    main(opened(home, "labelled", *more, "--classes", str(home / "classes.txt"), "--probe", "9"))
    with pytest.warns(RecordingWarning, match=r"broken\.png"):
        main(opened(home, "flat", *more))
    return Page(start_python(home / "runs"))


def distributions(page, run, subset, layer="1"):
    return page.arrays("distributions", layer=layer, s=subject(run, 0, subset))


def inputs(page, run, subset):
    return distributions(page, run, subset)[1]["subjects"][0]["inputs"]


def test_subfolders_are_classes_and_what_is_no_class_is_a_slice(page):
    counts = {
        subset: inputs(page, "net", subset) for subset in ("all", "class:0", "class:1", "slice:odd")
    }
    assert counts == {"all": 15, "class:0": 7, "class:1": 5, "slice:odd": 3}
    assert page.json("index")["models"][0]["classes"] == ["Zero", "ONE", "two"]


def test_a_flat_folder_gives_all_and_predicted_classes(page):
    assert inputs(page, UNLABELLED, "all") == 6
    subsets = {key for key in model_of(page, UNLABELLED)["subsets"] if key.startswith("predicted:")}
    assert sum(inputs(page, UNLABELLED, subset) for subset in subsets) == 6


def test_pictures_are_followed_singly_as_many_of_each_folder_as_there_can_be(page):
    instances = page.json("instances", run="net", model="model")["instances"]
    kinds = [instance["name"].split("/")[0] for instance in instances]
    assert sorted(kinds) == ["odd"] * 3 + ["one"] * 3 + ["zero"] * 3
    assert [instance["slices"] for instance in instances] == [
        ["odd"] if kind == "odd" else [] for kind in kinds
    ]
    assert [instance["label"] for instance in instances] == [
        {"zero": 0, "one": 1, "odd": -1}[kind] for kind in kinds
    ]


def test_the_networks_own_weights_are_recorded(page, home):
    instances = page.json("instances", run=UNLABELLED, model="model")["instances"]
    first = page.arrays("predictions", run=UNLABELLED, model="model", step=0)[0]["top"][:, 0]
    names: dict[str, object] = {}
    exec(SOURCE, names)  # noqa: S102
    model = names["make"]()
    saved = torch.load(home / "net.pt", weights_only=True)["state_dict"]
    model.load_state_dict({k.removeprefix("module."): v for k, v in saved.items()})
    pixels = [np.asarray(Image.open(home / "flat" / one["name"])) for one in instances]
    expected = model(torch.tensor(np.stack(pixels))[:, None] / 255).argmax(1)
    assert first.tolist() == expected.tolist()


def test_graphs_and_pictures_of_units_are_there(page):
    graph = page.json("graph", s=[subject("net", 0, "class:0")])
    assert graph["edges"]
    assert any(node["facet"] for node in graph["nodes"])


def test_a_broken_picture_is_skipped_and_reported(page, home, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "do", lambda *_: None)
    reason = "broken.png: cannot identify image file"
    with pytest.warns(RecordingWarning, match=f"pictures that cannot be read: {reason}"):
        main(opened(home, "flat", "--logdir", str(tmp_path)))
    assert "Pictures: 7" in capsys.readouterr().err
    problems = model_of(page, UNLABELLED)["problems"]
    assert any(reason in problem["message"] for problem in problems)


def test_a_class_without_pictures_and_splits_above_the_classes_are_named(
    home, capsys, tmp_path, monkeypatch
):
    monkeypatch.setattr(opening, "do", lambda *_: None)
    for split in ("train", "val"):
        shutil.copytree(home / "flat", tmp_path / split / "one")
        (tmp_path / split / "one" / "broken.png").unlink()
        for name in ("zero", "two"):
            (tmp_path / split / name).mkdir()
    with pytest.raises(SystemExit, match=r"holds train, val, which are no classes.*--images .*val"):
        main(opened(home, str(tmp_path)))
    main(opened(home, str(tmp_path / "val"), "--logdir", str(tmp_path / "runs")))
    said = capsys.readouterr().err
    assert "of 1 classes" in said
    assert "Folders without pictures: two, zero" in said


@pytest.mark.parametrize(
    ("images", "more", "said"),
    [
        ("none", (), "no folder"),
        ("flat", ("--size", "9"), r"input of shape \[1, 1, 9, 9\].*\n?.*--size"),
        ("flat", ("--classes", "a", "b"), "--classes gives 2 names, the network has 3 outputs"),
        ("flat", ("--task", "regression"), "task 'regression' expects an output of shape"),
        ("flat", ("--layers", "no*"), "--layers no.*: no layer"),
        ("flat", ("--weights", "none.pt"), "no file none.pt"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(home, images, more, said, tmp_path):
    with pytest.raises(SystemExit, match=said):
        main(opened(home, images, "--logdir", str(tmp_path / "runs"), *more))
    assert not (tmp_path / "runs").exists()


def test_a_folder_of_nothing_but_broken_pictures_is_named(home, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(SystemExit, match=r"no picture in .* can be read; broken\.jpg: cannot"):
        main(opened(home, str(tmp_path)))


def test_help_does_not_wait_for_torch():
    program = (
        "import sys; from tensorboard_neural.cli import main\n"
        "try: main(['open', '--help'])\n"
        "finally: assert not {'torch', 'numpy', 'summary_ops'} & sys.modules.keys()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "tensorboard-neural open mypackage.models:resnet --weights best.pt" in done.stdout


def test_what_is_recorded_is_served_until_the_end(home, tmp_path, monkeypatch, capsys):
    """Only the jobs are left out."""
    answers = []

    def wait(process: subprocess.Popen[str], logdir: Path) -> None:
        said, deadline = "", time.monotonic() + 120
        while "#neural" not in said and time.monotonic() < deadline:
            said += capsys.readouterr().out
            time.sleep(0.05)
        address = re.search(r"TensorBoard: (http://\S+)#neural", said)[1]
        with urllib.request.urlopen(f"{address}data/plugins_listing") as answer:
            answers.append(json.load(answer)["neural"]["tab_name"])
        assert process.poll() is None
        served.append((process, logdir))

    served: list[tuple[subprocess.Popen[str], Path]] = []
    monkeypatch.setattr(serving, "wait", wait)
    monkeypatch.setattr(opening, "do", lambda *_: None)
    arguments = opened(home, "labelled", "--logdir", str(tmp_path), "--port", "0")
    main([one for one in arguments if one != "--no-serve"])
    assert answers == ["Neural"]
    ((process, logdir),) = served
    assert logdir == tmp_path
    assert process.poll() is not None
