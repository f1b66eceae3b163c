"""Weights come from every usual file, and say by which names they do not fit."""

from __future__ import annotations

import argparse
import collections
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.optim.swa_utils import AveragedModel

from tensorboard_neural.usage_error import UsageError
from tensorboard_neural.user_models import weights


class Inner(nn.Module):
    """With a part that has the name of a wrapper's prefix."""

    def __init__(self) -> None:
        super().__init__()
        self.module = nn.Linear(2, 3)


def prefixed(state, prefix):
    return {prefix + key: value for key, value in state.items()}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": prefixed(state, "module.")},
        lambda state: {"model_state_dict": prefixed(state, "_orig_mod.")},
        lambda state: {"state_dict": prefixed(state, "model.module._orig_mod.")},
    ],
)
@pytest.mark.parametrize("make", [lambda: nn.Linear(2, 3), Inner])
def test_state_dicts_and_checkpoints_with_or_without_prefixes_are_loaded(tmp_path, wrap, make):
    trained, fresh = make(), make()
    torch.save(wrap(trained.state_dict()), tmp_path / "w.pt")
    weights.load(fresh, tmp_path / "w.pt")
    for one, other in zip(fresh.parameters(), trained.parameters(), strict=True):
        assert torch.equal(one, other)


def test_safetensors_are_loaded(tmp_path):
    trained, fresh = nn.Linear(2, 3), nn.Linear(2, 3)
    save_file(prefixed(trained.state_dict(), "module."), tmp_path / "w.safetensors")
    weights.load(fresh, tmp_path / "w.safetensors")
    assert torch.equal(fresh.weight, trained.weight)


def test_weights_that_do_not_fit_name_a_few_of_each_kind(tmp_path):
    torch.save(nn.Sequential(*[nn.Linear(2, 2)] * 4).state_dict(), tmp_path / "w.pt")
    with pytest.raises(UsageError) as raised:
        weights.load(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(2, 2)), tmp_path / "w.pt")
    assert str(raised.value).endswith(
        "do not fit Sequential: 4 unexpected: 1.weight, 1.bias, 3.weight, …; 2 of another shape: "
        "0.weight [2, 2], expected [3, 2], 0.bias [2], expected [3]"
    )
    torch.save({"2.bias": torch.zeros(2)}, tmp_path / "w.pt")
    with pytest.raises(UsageError, match=r"1 missing: 2\.weight"):
        weights.load(nn.Sequential(nn.ReLU(), nn.ReLU(), nn.Linear(2, 2)), tmp_path / "w.pt")


def test_nothing_in_a_file_is_executed(tmp_path):
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "sprung",)

    torch.save(Trap(), tmp_path / "w.pt")
    with pytest.raises(
        UsageError,
        match=r"it holds (?=.*getattr)(?=.*pathlib).*; expected tensors.*\n.*model.state_dict\(\)",
    ):
        weights.load(nn.Linear(1, 1), tmp_path / "w.pt")
    assert not (tmp_path / "sprung").exists()


class Config:
    """Of a library that is not there where the weights are loaded."""

    def __init__(self, rate: float) -> None:
        self.rate, self.inner = rate, {"seen": torch.ones(2)}


class Counter(Config):
    def __reduce__(self) -> tuple[object, ...]:
        return Counter, (self.rate,), {"state": [1, 2]}


@pytest.mark.parametrize(
    "beside",
    [
        {"args": argparse.Namespace(lr=0.1, path=Path("x"))},
        {"config": Config(0.1), "counter": Counter(0.2)},
        {"optimizer": torch.optim.Adam([torch.ones(2, requires_grad=True)]).state_dict()},
        {"metrics": np.float64(0.5), "history": collections.defaultdict(list, loss=[0.1])},
    ],
    ids=lambda beside: next(iter(beside)),
)
@pytest.mark.parametrize("key", ["state_dict", "net", "ema"])
def test_what_a_checkpoint_holds_beside_weights_is_left_aside(tmp_path, beside, key):
    trained, fresh = nn.Linear(2, 3), nn.Linear(2, 3)
    torch.save({key: trained.state_dict(), "epoch": 3, **beside}, tmp_path / "w.pt")
    assert weights.load(fresh, tmp_path / "w.pt").endswith(f"w.pt, under '{key}'")
    assert torch.equal(fresh.weight, trained.weight)


def test_weights_of_a_loss_beside_those_of_the_network_are_left_aside(tmp_path):
    trained, fresh = nn.Linear(2, 3), nn.Linear(2, 3)
    state = prefixed(trained.state_dict(), "model.") | {"criterion.pos_weight": torch.ones(3)}
    torch.save({"state_dict": state}, tmp_path / "w.ckpt")
    said = weights.load(fresh, tmp_path / "w.ckpt")
    assert said.endswith("without the prefix 'model.'; left aside: criterion.pos_weight")
    assert torch.equal(fresh.weight, trained.weight)


def test_of_several_entries_the_usual_one_is_taken_or_the_one_that_is_asked_for(tmp_path):
    trained, averaged, fresh = nn.Linear(2, 3), nn.Linear(2, 3), nn.Linear(2, 3)
    path = tmp_path / "w.pt"
    torch.save({"state_dict_ema": averaged.state_dict(), "state_dict": trained.state_dict()}, path)
    assert "--key: state_dict_ema" in weights.load(fresh, path)
    assert torch.equal(fresh.weight, trained.weight)
    weights.load(fresh, path, "state_dict_ema")
    assert torch.equal(fresh.weight, averaged.weight)
    with pytest.raises(
        UsageError, match="under 'ema'; it has some under: state_dict_ema, state_dict"
    ):
        weights.load(fresh, path, "ema")


def test_averaged_weights_are_loaded(tmp_path):
    trained, fresh = nn.Linear(2, 3), nn.Linear(2, 3)
    torch.save(AveragedModel(trained).state_dict(), tmp_path / "w.pt")
    weights.load(fresh, tmp_path / "w.pt")
    assert torch.equal(fresh.weight, trained.weight)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_folder_of_save_pretrained_is_loaded(tmp_path, parts):
    trained, fresh = nn.Linear(2, 3), nn.Linear(2, 3)
    state = prefixed(trained.state_dict(), "backbone.")
    if parts == 1:
        save_file(state, tmp_path / "model.safetensors")
    else:
        files = {name: f"model-{place}.safetensors" for place, name in enumerate(state)}
        for name, file in files.items():
            save_file({name: state[name]}, tmp_path / file)
        index = tmp_path / "model.safetensors.index.json"
        index.write_text(json.dumps({"weight_map": files}))
    weights.load(fresh, tmp_path)
    assert torch.equal(fresh.weight, trained.weight)


def test_a_folder_without_weights_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no weights in the folder .*model\.safetensors"):
        weights.load(nn.Linear(1, 1), tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.pt", None, "no file"),
        ("text.pt", b"no weights", "cannot be read as weights"),
        ("empty.pt", b"", "cannot be read as weights"),
        ("text.safetensors", b"no weights", "cannot be read as weights"),
    ],
)
def test_what_holds_no_weights_is_named(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=f"{name}.*{said}|{said}.*{name}"):
        weights.load(nn.Linear(1, 1), tmp_path / name)


def test_a_checkpoint_without_a_state_dict_tells_its_keys(tmp_path):
    torch.save({"epoch": 3, "optimizer": {}}, tmp_path / "w.pt")
    with pytest.raises(UsageError, match=r"no state dict \(keys epoch, optimizer\)"):
        weights.load(nn.Linear(1, 1), tmp_path / "w.pt")
