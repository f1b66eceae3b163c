"""The report: the page's findings in the terminal, in Markdown, JSON and HTML, and exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing

import pytest

from tb_plugin_neural.routes.answers.findings import Findings
from tensorboard_neural import cli
from tests import declared
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
from tests.routes.probed import png

GOOD = [[190, 10, 0], [8, 191, 1], [0, 2, 198]]
WORSE = [[190, 10, 0], [8, 191, 1], [0, 90, 110]]


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """A run whose third class is lost and a unit of 4 dies, and one that cannot be compared."""
    path = tmp_path_factory.mktemp("logs")
    with Log(path / "run") as log:
        shown = probe(6, pictures=[png(at)[0] for at in range(6)])
        log.write(0, [session(probe=shown.hash), shown])
        for step, table in ((0, GOOD), (10, GOOD), (20, WORSE)):
            found = step_of(7) | {"": class_metrics(table)}
            if step == 20:
                values = {key: x * [1, 1, 0, 1] for key, x in activations(7).items()}
                found["fc"] = [histograms(values), moments(values)]
            log.write(step, found)
    with Log(path / "other", "00000002", clock=0) as log:
        log.write(0, [session(task="binary", classes=("no", "yes")), *step_of(1)["fc"][:0]])
        log.write(0, step_of(1))
    return path


@pytest.fixture
def report(logs, capsys):
    """A function from arguments to exit code, output and errors."""

    def run(*arguments):
        try:
            cli.main(["report", str(logs), *arguments])
            code = 0
        except SystemExit as end:
            code = end.code
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


def test_the_report_is_what_the_page_gets(report, logs, open_page):
    code, out, _ = report("--format", "json", "--run", "run")
    assert code == 0
    made = json.loads(out)
    assert made.pop("failedOn") == []
    assert made == open_page(logs).json("findings", s=subject("run", 20))
    declared.assert_fits(made, Findings, "report")
    assert made["schema"] == 1


def test_no_line_ends_between_a_number_and_its_unit(report, monkeypatch):
    _, whole, _ = report("--run", "run")
    units = re.findall(r"\d (?:%|\N{GREEK SMALL LETTER SIGMA}|points)", " ".join(whole.split()))
    assert units
    for columns in range(40, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        _, out, _ = report("--run", "run")
        assert not re.search(r"\d\n *(?:%|\N{GREEK SMALL LETTER SIGMA}|points)", out)
        assert re.findall(r"\d (?:%|\N{GREEK SMALL LETTER SIGMA}|points)", out) == units


def test_the_schema_is_version_1_and_its_fields_are_fixed():
    """A field that goes or changes its meaning makes another version; see docs/findings.md."""
    finding = typing.get_type_hints(typing.get_args(typing.get_type_hints(Findings)["findings"])[0])
    assert [*typing.get_type_hints(Findings)] == [
        "schema", "subject", "against", "tested", "nothing", "findings",
    ]  # fmt: skip
    assert [*finding] == [
        "kind", "severity", "sentence", "subjects", "layer", "layers", "units", "unitCount",
        "classes", "instances", "instanceCount", "effect", "low", "high", "scale", "n", "p", "q",
        "churn", "floor", "convention", "next", "link",
    ]  # fmt: skip


def test_the_newest_run_is_reported_in_sentences(report):
    code, out, _ = report()
    assert code == 0
    assert out.startswith("run, step 20 against step 10")
    words = re.sub(r"\s+", " ", out)
    assert "act Class frog regressed by 44.0 points from step 10 to 20: 110 of 200" in words
    assert "1 unit of 4 of fc (unit 2) died" in words
    assert "false discovery rate held to 5 %" in words


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("dead>5%", 1), ("dead>50%", 0), ("class-regression>2", 1), ("class-regression > 44.5", 0),
        ("accuracy-regression>1", 1), ("nan>0", 0), ("act>0", 1), ("look>9", 0),
    ],
)  # fmt: skip
def test_a_condition_that_is_met_is_the_exit_code(report, condition, expected):
    code, out, _ = report("--run", "run", "--fail-on", condition)
    assert code == expected
    assert (f"failed on {condition}" in out) == bool(expected)


def test_any_of_several_conditions_fails_and_each_is_named(report):
    code, out, _ = report("--run", "run", "--fail-on", "dead>90", "--fail-on", "act>0")
    assert code == 1
    assert "failed on act>0" in out
    assert "failed on dead" not in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--run", "none"], "there are ['other', 'run']"),
        (["--fail-on", "death>5"], "dead: % of hidden units"),
        (["--fail-on", "dead<5"], "NAME>NUMBER"),
        (["--run", "run", "--against", "other"], "Not comparable"),
        (["--run", "other", "--fail-on", "class-regression>2"], "--against RUN or --since STEP"),
    ],
)
def test_wrong_usage_and_what_cannot_be_compared_is_exit_code_2(report, arguments, says):
    code, _, err = report(*arguments)
    assert code == 2
    assert says in err


def test_a_folder_without_records_is_exit_code_2(tmp_path, capsys):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(SystemExit) as end:
            cli.main(["report", str(folder)])
        assert end.value.code == 2
    assert "is no folder" in capsys.readouterr().err


def test_since_names_the_step_that_is_compared_with(report):
    _, out, _ = report("--run", "run", "--since", "3")
    assert out.startswith("run, step 20 against step 0")
    _, out, _ = report("--run", "run", "--step", "12")
    assert out.startswith("run, step 10 against step 0")
    assert "would have been found four times in five" in re.sub(r"\s+", " ", out)


def test_markdown_folds_the_notes_and_escapes_names(report, tmp_path, capsys):
    _, out, _ = report("--run", "run", "--format", "markdown", "--fail-on", "act>0")
    head, _, notes = out.partition("<details>")
    assert "### Neural report: run, step 20 against step 10" in head
    assert "**Failed on** act\\>0" in head
    assert "- **act** Class frog regressed" in head
    assert "- **note** 1 unit of 4 of fc (unit 2) died" in notes
    assert "- **note** Accuracy is" in notes
    evil = ("<img src=x>|[a](b)", "dog", "frog")
    with Log(tmp_path / "run") as log:
        log.write(0, [session(classes=evil)])
        log.write(0, step_of(7) | {"": class_metrics([[100, 90, 0], [0, 90, 0], [0, 0, 90]])})
    cli.main(["report", str(tmp_path), "--format", "markdown"])
    told = capsys.readouterr().out
    assert "<img" not in told
    assert "[a](b)" not in told


def test_html_is_one_small_file_that_shows_its_findings(report, tmp_path):
    file = tmp_path / "report.html"
    code, out, _ = report("--run", "run", "--format", "html", "--out", str(file))
    assert (code, out) == (0, "")
    made = file.read_text("utf-8")
    assert len(made) < 5 * 2**20
    assert "Class frog regressed by 44.0 points" in made
    assert made.count("<svg") >= 1
    assert not re.search(r"<script|<link|src=\"(?!data:)|href=|url\(|@import|https?://", made)


def test_names_are_text_in_html(tmp_path, capsys):
    with Log(tmp_path / "run") as log:
        log.write(0, [session(classes=("<script>alert(1)</script>", "dog", "frog"))])
        log.write(0, step_of(7) | {"": class_metrics([[100, 90, 0], [0, 90, 0], [0, 0, 90]])})
    cli.main(["report", str(tmp_path), "--format", "html"])
    made = capsys.readouterr().out
    assert "<script" not in made
    assert "&lt;script&gt;" in made


def test_the_report_needs_no_torch(logs):
    script = f"""
import sys
sys.modules["torch"] = None
from tensorboard_neural import cli
cli.main(["report", {str(logs)!r}, "--run", "run"])
assert "scipy.stats" not in sys.modules
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Class frog regressed" in done.stdout


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """Three runs of each of two recipes: of `new` 12 inputs more are right."""
    path = tmp_path_factory.mktemp("seeds")
    for at, name in enumerate(f"{recipe}-{seed}" for recipe in ("old", "new") for seed in range(3)):
        right = 150 + at % 3 + 12 * (at // 3)
        table = [[right, 200 - right, 0], [0, right, 200 - right], [200 - right, 0, right]]
        with Log(path / name, f"0000000{at + 1}", clock=at) as log:
            log.write(0, [session()])
            log.write(0, step_of(at) | {"": class_metrics(table)})
    return path


def test_recipes_are_compared_by_patterns_of_runs(seeds, capsys):
    def told(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main(["report", str(seeds), *arguments, "--fail-on", "accuracy-regression>2"])
        return end.value.code, " ".join("".join(capsys.readouterr()).split())

    code, worse = told("--run", "old-*", "--against", "new-*")
    assert code == 1
    assert "look Recipe old-* is worse than new-* by 6.0 points" in worse
    cli.main(["report", str(seeds), "--run", "new-*", "--against", "old-*", "--format", "json"])
    made = json.loads(capsys.readouterr().out)
    assert made["findings"][0]["kind"] == "recipe_better"
    declared.assert_fits({k: v for k, v in made.items() if k != "failedOn"}, Findings, "report")
    code, few = told("--run", "new-[01]", "--against", "old-*")
    assert code == 2
    assert "new-[01] names new-0, new-1: 3 runs or more" in few
    code, both = told("--run", "new-*", "--against", "*-*")
    assert code == 2
    assert "of both recipes" in both
