"""Find out whether attacks can be detected, by the last attack report."""

from __future__ import annotations

import numpy as np

from tb_plugin_neural.analysis.findings import links
from tb_plugin_neural.analysis.findings.evidence import Attacks, Evidence
from tb_plugin_neural.analysis.findings.finding import Family, Finding
from tb_plugin_neural.analysis.findings.words import attack, names

FLOOR = 0.1
"""Area under the ROC curve beyond chance."""


def detectable(of: Evidence) -> Family:
    """Return the attacks that a score detects, and those that none does.

    Null hypothesis, of a score and attack: the area under its ROC curve is .5. The report holds
    the false discovery rate over all its areas to 5 %, so that no p is added here.
    """
    report = of.attacks
    if report is None:
        return Family()
    rows = [row for row, kind in enumerate(report.of) if kind == "attack"]
    rows = [row for row in rows if np.isfinite(report.low[row]).any()]
    if not rows:
        return Family()
    detected = [row for row in rows if "detects" in report.verdict[row]]
    return Family((_finding(of, report, rows, detected),))


def _finding(of: Evidence, report: Attacks, rows: list[int], detected: list[int]) -> Finding:
    best = {row: int(np.nanargmax(report.auroc[row])) for row in rows}
    row = max(rows, key=lambda one: report.auroc[one, best[one]])
    area, low, high = (float(x[row, best[row]]) for x in (report.auroc, report.low, report.high))
    named = [attack(*of_row) for of_row in zip(report.groups, report.strength, strict=True)]
    missed = [named[one] for one in rows if one not in detected]
    said = (
        f"{len(detected)} of {len(rows)} attacks can be told from benign inputs; best "
        f"{named[row]} by {report.scores[best[row]]}: area under the curve {area:.2f} "
        f"(95 % interval {low:.2f} to {high:.2f}; n = {report.positives[row]:,} and "
        f"{report.negatives[row]:,})."
    )
    return Finding(
        kind="attacks",
        severity="note",
        sentence=said,
        more=f"Not detected: {names(missed)}." if missed else "",
        subjects=(of.subject,),
        effect=area - 0.5,
        scale="share",
        n=int(report.positives[row] + report.negatives[row]),
        floor=FLOOR,
        convention="area under the ROC curve; bootstrap, Benjamini–Hochberg in the report",
        link=links.at("what-if", of.subject),
    )
