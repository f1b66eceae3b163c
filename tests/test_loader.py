"""The entry point cannot stop TensorBoard, and keeps every step."""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard import program
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow
from tensorboard.plugins import base_plugin

from tb_plugin_neural import loader, plugin, reader
from tb_plugin_neural.contract import codec
from tb_plugin_neural.loader import NeuralLoader
from tests.logs import Log, session, step_of


def configured(*arguments, **flags):
    """TensorBoard's flags after all loaders have fixed them."""
    board = program.TensorBoard()
    board.configure(argv=["tensorboard", "--logdir=x", *arguments], **flags)
    return board.flags


def test_every_step_is_kept_unless_the_user_says_otherwise():
    assert configured().samples_per_plugin == {"neural": 0}
    assert configured("--neural_samples=250").samples_per_plugin == {"neural": 250}
    assert configured("--samples_per_plugin=images=5").samples_per_plugin == {
        "images": 5,
        "neural": 0,
    }


def test_the_users_own_retention_wins():
    flags = configured("--samples_per_plugin=neural=37", "--neural_samples=250")
    assert flags.samples_per_plugin == {"neural": 37}


def test_a_negative_number_of_steps_keeps_all():
    for argument in ("--neural_samples=-5", "--samples_per_plugin=neural=-5"):
        assert configured(argument).samples_per_plugin == {"neural": 0}


def test_flags_may_be_given_in_python():
    flags = configured(neural_samples=3, samples_per_plugin={"text": 1})
    assert flags.samples_per_plugin == {"text": 1, "neural": 3}


@pytest.mark.parametrize(
    "flags", [{}, {"samples_per_plugin": None}, {"samples_per_plugin": "text=1"}]
)
def test_unexpected_flags_are_left_alone(flags):
    NeuralLoader().fix_flags(argparse.Namespace(**flags))


@given(
    st.sampled_from(["true", "True", "1", "yes"]), st.sampled_from(["false", "FALSE", "0", "no"])
)
def test_a_flag_is_true_or_false(true, false):
    assert loader._boolean(true) is True
    assert loader._boolean(false) is False


def test_a_flag_that_is_neither_is_told(capsys):
    with pytest.raises(SystemExit):
        configured("--neural_fast_crc=maybe")
    assert "'maybe' is neither true nor false" in capsys.readouterr().err


def test_the_checksum_is_replaced_only_if_the_flag_is_on():
    reader.restore()
    try:
        configured("--neural_fast_crc=false")
        assert not isinstance(pywrap_tensorflow.crc32c, reader._Crc)
        configured()
        assert isinstance(pywrap_tensorflow.crc32c, reader._Crc)
    finally:
        reader.accelerate()


def test_flags_reach_the_plugin():
    flags = configured("--neural_cache=7", "--neural_record_limit=1000")
    made = NeuralLoader().load(base_plugin.TBContext(flags=flags))
    assert made._memory.cache.limit == 7 * 2**20
    assert made._memory.limit == 1000


def test_loads_without_anything():
    made = NeuralLoader().load(base_plugin.TBContext())
    assert isinstance(made, plugin.NeuralPlugin)
    assert made._memory.limit == loader.RECORD_LIMIT == codec.INFLATE_LIMIT
    assert made.plugin_name == loader.PLUGIN_NAME


def test_the_entry_point_imports_nothing_that_can_fail():
    blocked = ["numpy", "scipy", "safetensors", "google_crc32c", "grpc", "torch", "google.protobuf"]
    code = f"""
import sys
import tensorboard.plugins.base_plugin
for name in {blocked!r}:
    sys.modules[name] = None
from tb_plugin_neural.loader import NeuralLoader
import argparse
parser = argparse.ArgumentParser()
loader = NeuralLoader()
loader.define_flags(parser)
flags = parser.parse_args([])
loader.fix_flags(flags)
print(flags.samples_per_plugin)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "{'neural': 0}"


def test_the_backend_does_not_import_torch():
    code = (
        "import sys; from tb_plugin_neural.loader import NeuralLoader; "
        "from tensorboard.plugins.base_plugin import TBContext; NeuralLoader().load(TBContext()); "
        "print([m for m in sys.modules if m.partition('.')[0] in ('torch', 'summary_ops')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_is_declared_as_an_entry_point():
    (found,) = metadata.entry_points(group="tensorboard_plugins", name="neural")
    assert found.load() is NeuralLoader


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url, patience=60.0):
    """The JSON at a URL, once TensorBoard is up and has data of ours."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                found = json.load(response)
        except OSError:
            found = {}
        if found.get("models") or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


@pytest.mark.parametrize("fast", ["true", "false"])
def test_tensorboard_starts_with_us_and_keeps_every_step(tmp_path, fast):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        for step in range(60):
            log.write(step, {"": step_of(step)[""]})
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("tensorboard")),
        f"--logdir={tmp_path}",
        f"--port={port}",
        f"--load_fast={fast}",
        "--host=127.0.0.1",
    ]
    with (tmp_path / "output").open("w") as output:
        board = subprocess.Popen(command, stdout=output, stderr=output, env=dict(os.environ))
        try:
            index = ask(f"http://127.0.0.1:{port}/data/plugin/neural/index")
        finally:
            board.terminate()
            board.wait(20)
    assert index, (tmp_path / "output").read_text()
    assert index["models"][0]["steps"] == list(range(60))
    assert index["version"] == metadata.version("tensorboard-plugin-neural")
