"""Make a report, write it, and say by the exit code whether a condition is met."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tensorboard import errors

import tb_plugin_neural
from tb_plugin_neural.analysis.findings.finding import Subject
from tb_plugin_neural.contract.records import Probe
from tb_plugin_neural.lookup.findings import Findings, findings_of
from tb_plugin_neural.reading.opening import NothingRecorded
from tb_plugin_neural.reading.recorded import Logs, Run
from tensorboard_neural.reports import pages, texts
from tensorboard_neural.reports.conditions import Condition
from tensorboard_neural.usage_error import UsageError

MET, CANNOT = 1, 2
FORMATS = ("text", "markdown", "json", "html")


def run(options: argparse.Namespace) -> int:
    """Print a report; the exit code.

    Returns:
        0 where no condition is met, 1 where one is.

    Raises:
        UsageError: the log directory has no such run, or nothing that can be compared.
    """
    conditions = [Condition.parse(text) for text in options.fail_on]
    logs = opened(options.logdir)
    found = report(logs, options.run, options.against, options.since, options.step)
    apart = [one for one in found.report.findings if one.kind == "not_comparable"]
    if any(one.severity != "note" for one in apart):
        raise UsageError(f"{apart[0].sentence} {apart[0].next}")
    met = [message for one in conditions if (message := one.met(found)) is not None]
    made = rendered(logs, found, met, options.format)
    if options.out:
        Path(options.out).write_text(made + "\n", "utf-8")
    else:
        print(made)
    if met and options.format in ("json", "html"):
        print(*(f"failed on {one}" for one in met), sep="\n", file=sys.stderr)
    return MET if met else 0


def opened(logdir: Path) -> Logs:
    """Open the log directory.

    Raises:
        UsageError: there is nothing recorded in it.
    """
    try:
        return tb_plugin_neural.read(logdir)
    except NothingRecorded as error:
        raise UsageError(str(error)) from error


def report(
    logs: Logs,
    run: str | None = None,
    against: str | None = None,
    since: int | None = None,
    step: int | None = None,
) -> Findings:
    """Return the findings of a run: by default of the last written one, at its last step.

    Raises:
        UsageError: there is no such run.
    """
    if run is not None and against is not None and _pattern(logs, run, against):
        return _recipes(logs, run, against, since, step)
    now = _run(logs, run)
    other = _run(logs, against) if against is not None else None
    if not now.steps:
        raise UsageError(f"run {now.name} has no statistics of units or classes")
    subject = Subject(now.name, now.model, now.steps[-1] if step is None else step)
    before = None
    if other is not None or since is not None:
        beside = other or now
        last = beside.steps[-1] if beside.steps else 0
        before = Subject(beside.name, beside.model, last if since is None else since)
    try:
        return findings_of(logs.store, subject, before)
    except errors.NotFoundError as error:
        raise UsageError(str(error)) from error


def _pattern(logs: Logs, *given: str) -> bool:
    """Return whether one of the names given is no run's but a pattern."""
    return any(mark in name for name in given if name not in logs for mark in "*?[")


def _recipes(logs: Logs, run: str, against: str, since: int | None, step: int | None) -> Findings:
    if since is not None or step is not None:
        raise UsageError("recipes are compared at the end of their runs, without --since or --step")
    try:
        return logs.compare(run, against)
    except (ValueError, errors.NotFoundError) as error:
        raise UsageError(str(error)) from error


def _run(logs: Logs, name: str | None) -> Run:
    if name is None:
        return logs.newest()
    try:
        return logs[name]
    except KeyError as error:
        raise UsageError(str(error.args[0])) from error


def rendered(logs: Logs, found: Findings, met: Sequence[str], format_: str) -> str:
    """Render the report in one of `FORMATS`."""
    if format_ == "json":
        document = found.document() | {"failedOn": list(met)}
        return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    if format_ == "html":
        return pages.page(found, pictures(logs, found), met)
    return texts.markdown(found, met) if format_ == "markdown" else texts.text(found, met)


def pictures(logs: Logs, found: Findings) -> Mapping[int, tuple[str, bytes]]:
    """Names and pictures of the instances that findings are about."""
    now = found.subject
    model = logs.store.model(now.run, now.model)
    pictured = {
        one for finding in found.report.findings for one in finding.instances[: pages.MOST_PICTURES]
    }
    for entry in reversed(logs.store.entries(model, Probe)):
        record = logs.store.record(model, entry, Probe)
        if record is not None and record.pictured:
            decoder = logs.store.decoder
            known = [one for one in sorted(pictured) if one + 1 < len(entry.keys)]
            return {one: (record.names[one], decoder.blob(entry, one + 1)) for one in known}
    return {}
