"""A report as one page that needs nothing else: no script, no network, pictures inside."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence

from tb_plugin_neural.analysis.findings.finding import Finding
from tb_plugin_neural.lookup.findings import Findings
from tensorboard_neural.reports.texts import footing, heading

MOST_PICTURES = 12
MOST_BYTES = 4 * 2**20
"""Bytes of pictures, so that the page stays below 5 MB."""

WIDTH, HEIGHT, MARGIN = 320, 44, 10

STYLE = """
:root { color-scheme: light dark; --line: #8888; --act: #c62828; --look: #b26a00; --note: #5f6368 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } article { border-top: 1px solid var(--line); padding: .8rem 0 }
article p { margin: .2rem 0 } .severity { font-weight: 600; margin-right: .5em }
.act { color: var(--act) } .look { color: var(--look) } .note { color: var(--note) }

.small, figcaption { font-size: 13px; opacity: .8 }
svg text { font: 12px system-ui; fill: currentColor }
figure { display: inline-block; margin: .4rem .4rem 0 0; text-align: center }
img { width: 64px; height: 64px; object-fit: contain; image-rendering: pixelated }
"""


def page(found: Findings, pictures: Mapping[int, tuple[str, bytes]], met: Sequence[str]) -> str:
    """Render the report as HTML.

    Args:
        found: the report.
        pictures: name and encoded picture by instance of the probe set.
        met: conditions that are met.
    """
    title = html.escape(f"Neural report: {heading(found)}")
    budget = [MOST_BYTES]
    articles = "".join(_article(one, pictures, budget) for one in found.report.findings)
    nothing = f"<p>{html.escape(found.report.nothing)}</p>" if found.report.nothing else ""
    failed = "".join(f'<p class="act">Failed on {html.escape(one)}</p>' for one in met)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{title}</h1>{failed}{nothing}\n{articles}\n"
        f'<p class="small">{html.escape(footing(found))}</p></body></html>\n'
    )


def _article(finding: Finding, pictures: Mapping[int, tuple[str, bytes]], budget: list[int]) -> str:
    said, kind = html.escape(finding.sentence), finding.severity
    after = f'<p class="small">→ {html.escape(finding.next)}</p>' if finding.next else ""
    about = html.escape(f"{finding.kind} · n = {finding.n:,} · {finding.convention}")
    return (
        f'<article data-kind="{html.escape(finding.kind)}">'
        f'<p><span class="severity {kind}">{kind}</span>{said}</p>{after}{_interval(finding)}'
        f'{_figures(finding, pictures, budget)}<p class="small">{about}</p></article>\n'
    )


def _interval(finding: Finding) -> str:
    """Draw the effect and its interval on an axis with zero."""
    if finding.low is None or finding.high is None:
        return ""
    ends = (min(0.0, finding.low), max(0.0, finding.high))
    span = (ends[1] - ends[0]) or 1.0

    def offset(value: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (value - ends[0]) / span

    percent = finding.scale == "share"
    shown = [
        f"{100 * value:.3g} %" if percent else f"{value:.3g}"
        for value in (finding.low, finding.high)
    ]
    middle, zero = offset(finding.effect), offset(0.0)
    low, high = offset(finding.low), offset(finding.high)
    return (
        f'<svg role="img" aria-label="effect {finding.effect:.3g}, 95 % interval {shown[0]} to '
        f'{shown[1]}" width="{WIDTH}" height="{HEIGHT}">'
        f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="4" y2="24" stroke="currentColor" '
        'stroke-dasharray="2 2"/>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="14" y2="14" stroke="currentColor" '
        'stroke-width="3"/>'
        f'<circle cx="{middle:.1f}" cy="14" r="5" fill="currentColor"/>'
        f'<text x="{low:.1f}" y="40" text-anchor="{_anchor(low)}">{shown[0]}</text>'
        f'<text x="{high:.1f}" y="40" text-anchor="{_anchor(high)}">{shown[1]}</text></svg>'
    )


def _anchor(x: float) -> str:
    if x < WIDTH / 4:
        return "start"
    return "end" if x > 3 * WIDTH / 4 else "middle"


def _figures(finding: Finding, pictures: Mapping[int, tuple[str, bytes]], budget: list[int]) -> str:
    """Pictures of the instances that a finding is about, while there is room."""
    made = []
    for instance in finding.instances[:MOST_PICTURES]:
        name, picture = pictures.get(instance, ("", b""))
        size = len(picture) * 4 // 3
        if not picture or size > budget[0]:
            continue
        budget[0] -= size
        kind = "webp" if picture[8:12] == b"WEBP" else "png"
        data = base64.b64encode(picture).decode("ascii")
        escaped = html.escape(name)
        made.append(
            f'<figure><img alt="{escaped}" src="data:image/{kind};base64,{data}">'
            f"<figcaption>{escaped}</figcaption></figure>"
        )
    return "".join(made)
