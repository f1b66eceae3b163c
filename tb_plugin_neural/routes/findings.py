"""Answer what is notable about a subject, and what changed since another, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorboard import errors

from tb_plugin_neural.analysis.findings.finding import Subject
from tb_plugin_neural.lookup.findings import findings_of
from tb_plugin_neural.routes.requests import arguments

if TYPE_CHECKING:
    from werkzeug import Request, Response

    from tb_plugin_neural.store.store import Store

MOST_SUBJECTS = 2


def findings(store: Store, request: Request) -> Response:
    """Answer the findings of a subject, compared with another: by default the record before it."""
    subjects = arguments.subjects(request)
    if len(subjects) > MOST_SUBJECTS:
        raise errors.InvalidArgumentError(f"{len(subjects)} arguments s, expected 1 or 2")
    now, *others = (Subject(one.run, one.model, one.step, one.subset) for one in subjects)
    found = findings_of(store, now, others[0] if others else None)
    return arguments.document(request, found.document())
