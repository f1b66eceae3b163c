"""A report as text for a terminal, and as Markdown for a pull request."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Sequence

from tb_plugin_neural.analysis.findings.finding import Finding, Subject
from tb_plugin_neural.lookup.findings import Findings

WIDEST = 100
NO_BREAK = "\N{NO-BREAK SPACE}"


def heading(found: Findings) -> str:
    """Return the subject of the report in one line."""
    now, before = found.subject, found.against
    if before is None:
        return f"{now.run}, step {now.step:,}"
    if (now.run, now.model) == (before.run, before.model):
        return f"{now.run}, step {now.step:,} against step {before.step:,}"
    return f"{_moment(now)} against {_moment(before)}"


def _moment(subject: Subject) -> str:
    return f"{subject.run} at step {subject.step:,}"


def footing(found: Findings) -> str:
    """Return how many findings there are, and what they rest on."""
    reported = found.report.findings
    grave = [sum(one.severity == name for one in reported) for name in ("act", "look", "note")]
    parts = [f"{size} {name}" for size, name in zip(grave, ("act", "look", "note"), strict=True)]
    tests = f"{found.report.tested} tests, false discovery rate held to 5 %"
    return f"{', '.join(parts)}; {tests}."


def text(found: Findings, met: Sequence[str] = ()) -> str:
    """Render the report for a terminal, wrapped to its width."""
    width = min(WIDEST, shutil.get_terminal_size().columns)
    lines = [heading(found), ""]
    for one in found.report.findings:
        lines += _wrapped(one, width)
    if found.report.nothing:
        lines += textwrap.wrap(found.report.nothing, width)
    elif not found.report.findings:
        lines.append("Nothing to tell.")
    lines += ["", footing(found), *(f"failed on {condition}" for condition in met)]
    return "\n".join(lines)


def _wrapped(finding: Finding, width: int) -> list[str]:
    indent = " " * 6
    first = _filled(finding.sentence, width, f"{finding.severity:<6}", indent)
    if finding.next is None or finding.severity == "note":
        return first
    return first + _filled(finding.next, width, f"{indent}→ ", f"{indent}  ")


def _filled(words: str, width: int, first: str, later: str) -> list[str]:
    """Wrap words into lines, and keep numbers and their units together."""
    kept = re.sub(r"(?<=\d) (?=%|\N{GREEK SMALL LETTER SIGMA}|points)", NO_BREAK, words)
    lines = textwrap.wrap(kept, width, initial_indent=first, subsequent_indent=later)
    return [line.replace(NO_BREAK, " ") for line in lines]


def markdown(found: Findings, met: Sequence[str] = ()) -> str:
    """Render the report for a pull request: the graver findings, the notes folded."""
    reported = found.report.findings
    grave = [one for one in reported if one.severity != "note"]
    notes = [one for one in reported if one.severity == "note"]
    lines = [f"### Neural report: {_plain(heading(found))}", ""]
    lines += [f"**Failed on** {_plain(condition)}  " for condition in met]
    lines += ["", *(_item(one) for one in grave)] if grave else ["Nothing to act on or look at."]
    if found.report.nothing:
        lines += ["", _plain(found.report.nothing)]
    if notes:
        lines += ["", f"<details><summary>{len(notes)} notes</summary>", ""]
        lines += [*(_item(one) for one in notes), "", "</details>"]
    return "\n".join([*lines, "", f"<sub>{footing(found)}</sub>"])


def _item(finding: Finding) -> str:
    after = f" *{_plain(finding.next)}*" if finding.next and finding.severity != "note" else ""
    return f"- **{finding.severity}** {_plain(finding.sentence)}{after}"


def _plain(words: str) -> str:
    """Text with what Markdown and HTML would read as marks escaped: names are strangers'."""
    for mark in "\\`*_[]<>|#":
        words = words.replace(mark, "&lt;" if mark == "<" else f"\\{mark}")
    return words.replace("\n", " ").replace("\r", " ")
