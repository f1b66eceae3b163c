"""What keeps the tab from showing, and the line that mends it."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from tensorboard_neural import cli
from tensorboard_neural.reports import doctor
from tests.logs import Log, session, step_of


def checks(found):
    return [(check.what, check.mark) for check in found]


def test_versions_are_those_that_are_installed():
    says = {check.what: check.says for check in doctor.packages()}
    assert says["TensorBoard"] == importlib.metadata.version("tensorboard")
    assert all(check.good for check in doctor.packages())


def test_an_old_tensorboard_is_in_the_way(monkeypatch):
    monkeypatch.setattr(doctor, "version", {"tensorboard": "2.20.0", doctor.OURS: "0.1.0"}.get)
    (bad,) = [check for check in doctor.packages() if not check.good]
    assert bad.what == "TensorBoard"
    assert '"tensorboard>=2.21"' in bad.cure


def test_a_nightly_beside_tensorboard_is_in_the_way(monkeypatch):
    versions = {"tensorboard": "2.21.0", doctor.OURS: "0.1.0", "tb-nightly": "2.22.0a1"}
    monkeypatch.setattr(doctor, "version", versions.get)
    (bad,) = [check for check in doctor.packages() if not check.good]
    assert "pip uninstall tb-nightly" in bad.cure


def test_a_tensorboard_of_another_environment_is_in_the_way(tmp_path, monkeypatch):
    stranger = tmp_path / "tensorboard"
    stranger.write_text("#!/bin/sh\n")
    stranger.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (bad,) = doctor.command()
    assert not bad.good
    assert str(stranger) in bad.says
    assert "-m tensorboard.main" in bad.cure
    monkeypatch.setenv("PATH", "")
    (none,) = doctor.command()
    assert "no tensorboard on PATH" in none.says


def test_the_plugin_and_its_page_are_found():
    found = {check.what: check for check in doctor.plugin()}
    assert found["plugin"].good
    assert found["page"].good == Path(found["page"].says).exists()


def test_a_plugin_that_cannot_be_imported_is_named_with_its_error(monkeypatch):
    def broken(name):
        raise ImportError(f"{name}: numpy is too old")

    monkeypatch.setattr(doctor.importlib, "import_module", broken)
    bad = [check for check in doctor.plugin() if not check.good]
    assert "numpy is too old" in bad[0].says
    assert "pip install" in bad[0].cure


def test_what_the_tab_will_see_of_a_log_directory(tmp_path):
    assert [check.mark for check in doctor.logs(tmp_path / "none")] == ["bad"]
    (tmp_path / "empty").mkdir()
    (empty,) = doctor.logs(tmp_path / "empty")
    assert "no event files" in empty.says
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        log.write(5, step_of(0))
    found = {check.what: check for check in doctor.logs(tmp_path)}
    assert found["run run"].says == "2 steps, 2 layers, 3 classes, no probe set"
    with Log(tmp_path / "broken", "00000002") as log:
        log.write(0, [session()])
        log.blobs("histograms", "fc", 0, [b"no record"])
    bad = [check for check in doctor.logs(tmp_path) if not check.good]
    assert bad == [] or all("broken" in check.what for check in bad)


def test_an_event_file_without_our_records_is_said(tmp_path):
    with Log(tmp_path / "run") as log:
        log.writer.add_scalar("loss", 1.0, 0)
    *_, last = doctor.logs(tmp_path)
    assert not last.good
    assert "1 runs, but none with records" in last.says


@pytest.mark.parametrize("name", ["Python", "TensorBoard", "PATH", "data server", "plugin", "page"])
def test_the_command_looks_at_everything(name, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit) as end:
        cli.main(["doctor", str(tmp_path)])
    assert end.value.code == 1
    out = capsys.readouterr().out
    assert f"{name}:" in out
    assert "in the way." in out


@pytest.mark.parametrize(("installer", "twice"), [("pip\n", True), (None, False)])
def test_what_is_installed_twice_is_in_the_way_and_a_checkout_is_not(
    tmp_path, monkeypatch, installer, twice
):
    for name in ("one", "two"):
        info = tmp_path / name / "tensorboard_plugin_neural-0.1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {doctor.OURS}\nVersion: 0.1.0\n"
        )
        if installer is not None:
            (info / "INSTALLER").write_text(installer)
        monkeypatch.syspath_prepend(tmp_path / name)
    found = [check.says for check in doctor.packages() if "twice" in check.says]
    assert len(found) == twice
    assert all(str(tmp_path / name) in says for says in found for name in ("one", "two"))
