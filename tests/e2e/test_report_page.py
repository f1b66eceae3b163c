"""The report's HTML opens from a file, without a network."""

from __future__ import annotations

from tensorboard_neural import cli
from tests.logs import Log, class_metrics, probe, session, step_of
from tests.routes.probed import png

GOOD = [[190, 10, 0], [8, 191, 1], [0, 2, 198]]
WORSE = [[190, 10, 0], [8, 191, 1], [0, 90, 110]]


def test_the_page_shows_its_findings_offline(browser, tmp_path):
    with Log(tmp_path / "logs" / "run") as log:
        shown = probe(6, pictures=[png(at)[0] for at in range(6)])
        log.write(0, [session(probe=shown.hash), shown])
        for step, table in ((0, GOOD), (10, GOOD), (20, WORSE)):
            log.write(step, step_of(7) | {"": class_metrics(table)})
    file = tmp_path / "report.html"
    cli.main(["report", str(tmp_path / "logs"), "--format", "html", "--out", str(file)])
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(file.as_uri())
    text = page.inner_text("body")
    assert "Class frog regressed by 44.0 points" in text
    assert page.locator("article").count() >= 2
    assert page.locator("article[data-kind=class_regressed] svg").is_visible()
    assert asked == [file.as_uri()]
    assert errors == []
    context.close()
