"""Findings of recorded logs, as a page asks for them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.logs import (
    Log,
    activations,
    class_metrics,
    histograms,
    moments,
    probe,
    session,
    step_of,
    subject,
)

GOOD = [[190, 10, 0], [8, 191, 1], [0, 2, 198]]
WORSE = [[190, 10, 0], [8, 191, 1], [0, 90, 110]]


def kinds(answer):
    return {one["kind"]: one for one in answer["findings"]}


@pytest.fixture
def logs(tmp_path):
    """A run whose third class is lost at the last of three records, and whose unit 2 dies."""
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        for step, table in ((0, GOOD), (10, GOOD), (20, WORSE)):
            found = step_of(7) | {"": class_metrics(table)}
            if step == 20:
                values = {key: x * [1, 1, 0, 1] for key, x in activations(7).items()}
                found["fc"] = [histograms(values), moments(values)]
            log.write(step, found)
    return tmp_path


def test_a_record_is_compared_with_the_one_before(logs, open_page):
    answer = open_page(logs).json("findings", s=subject("run", 20))
    assert answer["schema"] == 1
    assert answer["subject"] == {"run": "run", "model": "model", "step": 20, "subset": "all"}
    assert answer["against"]["step"] == 10
    found = kinds(answer)
    assert found["class_regressed"]["classes"] == ["frog"]
    assert found["class_regressed"]["effect"] == pytest.approx(-0.44)
    assert found["class_regressed"]["severity"] == "act"
    assert (found["units_died"]["layer"], found["units_died"]["units"]) == ("fc", [2])
    assert (found["dead_units"]["units"], found["dead_units"]["n"]) == ([2], 120)
    assert found["class_regressed"]["link"]["a"] == ["run", "model", 20]
    assert found["class_regressed"]["link"]["b"] == ["run", "model", "pinned", 10]
    assert answer["tested"] > 5


def test_the_first_record_is_compared_with_nothing(logs, open_page):
    answer = open_page(logs).json("findings", s=subject("run", 3))
    assert answer["subject"]["step"] == 0
    assert answer["against"] is None
    assert answer["nothing"] is None


def test_where_nothing_changed_the_answer_says_what_would_have_been_found(logs, open_page):
    answer = open_page(logs).json("findings", s=subject("run", 10))
    assert "four times in five" in answer["nothing"]
    assert all(len(one["subjects"]) == 1 for one in answer["findings"])


def test_two_subjects_are_compared_with_one_another(logs, open_page):
    page = open_page(logs)
    back = page.json("findings", s=[subject("run", 0), subject("run", 20)])
    assert kinds(back)["class_improved"]["classes"] == ["frog"]
    classes = page.json(
        "findings", s=[subject("run", 20, "class:0"), subject("run", 20, "class:1")]
    )
    moved = kinds(classes)["layers_moved"]
    assert [one["subset"] for one in moved["subjects"]] == ["class:0", "class:1"]
    assert [key for key, _ in moved["link"]["subsets"]] == ["class:0", "class:1"]
    assert moved["link"]["b"] is None


def test_runs_that_cannot_be_compared_say_why(logs, open_page):
    with Log(logs / "other", "00000002") as log:
        log.write(0, [session(task="binary", classes=("no", "yes"))])
        log.write(0, step_of(1))
    answer = open_page(logs).json("findings", s=[subject("run", 20), subject("other", 0)])
    finding = kinds(answer)["not_comparable"]
    assert "task binary and multiclass" in finding["sentence"]
    assert "task=" in finding["next"]


def test_what_is_asked_wrongly_or_is_not_there_is_refused(logs, open_page):
    page = open_page(logs)
    assert page.get("findings").status_code == 400
    assert page.get("findings", s=[subject("run", 0)] * 3).status_code == 400
    assert page.get("findings", s=subject("none", 0)).status_code == 404
    with Log(logs / "bare", "00000003") as log:
        log.write(0, [session(), probe(4)])
    response = open_page(logs).get("findings", s=subject("bare", 0))
    assert response.status_code == 404
    assert "recorder.run(loader)" in response.text


def test_nan_of_a_record_is_the_first_finding(tmp_path, open_page):
    with Log(tmp_path / "run") as log:
        log.write(0, [session()])
        found = step_of(3)
        values = activations(3)
        record = moments(values)
        record.missing[1, 3] = 5
        found["fc"] = [record]
        log.write(0, found)
    first = open_page(tmp_path).json("findings", s=subject("run", 0))["findings"][0]
    assert (first["kind"], first["layer"], first["units"]) == ("nonfinite", "fc", [3])
    assert first["effect"] == pytest.approx(5 / 120, rel=1e-3)
    assert np.isfinite(first["n"])
