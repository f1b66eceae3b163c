from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summary_ops import Schedule
from summary_ops.statistics.class_metrics import CONFUSION_LIMIT
from summary_ops.statistics.histogram import SPECIAL
from summary_ops.streaming.budget import FOCUS, OTHER_ROWS, PREDICTED_LIMIT, make_budget

positive = st.integers(1, 10**6)


@given(positive, st.integers(2, 100))
def test_log_spaced_steps_hold_both_ends_and_at_most_n(total: int, n: int) -> None:
    schedule = Schedule.log_spaced(total, n=n)
    steps = sorted(schedule.steps or ())
    assert steps[0] == 0
    assert steps[-1] == total - 1
    assert len(steps) <= max(n, 1)
    assert schedule.count() == len(steps)
    assert all(schedule.due(step) for step in steps)
    assert not schedule.due(total)
    assert not schedule.due(-1)


@given(st.integers(100, 10**6))
def test_log_spaced_gaps_never_shrink_by_more_than_rounding(total: int) -> None:
    steps = sorted(Schedule.log_spaced(total).steps or ())
    gaps = [b - a for a, b in itertools.pairwise(steps)]
    assert all(after >= before - 1 for before, after in itertools.pairwise(gaps))
    assert len(steps) >= 15


@given(st.integers(1, 50), st.integers(51, 1000))
def test_fewer_steps_than_asked_for_are_all_recorded(total: int, n: int) -> None:
    assert Schedule.log_spaced(total, n=n).steps == frozenset(range(total))


@given(st.integers(1, 500), st.integers(1, 2000))
def test_every_kth_step_is_due_step_0_included(k: int, total: int) -> None:
    schedule = Schedule.every(k)
    due = [step for step in range(total) if schedule.due(step)]
    assert due == list(range(0, total, k))
    assert schedule.count(total) == len(due)
    assert schedule.count() is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Schedule.every(0), r"every\(0\): expected a positive number"),
        (lambda: Schedule.log_spaced(0), r"log_spaced\(0, n=40\)"),
        (lambda: Schedule.log_spaced(5, n=0), r"log_spaced\(5, n=0\)"),
    ],
)
def test_numbers_that_make_no_schedule_are_refused(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=message):
        make()


sizes = {
    "units": st.integers(1, 20_000),
    "classes": st.integers(0, 2000),
    "bins": st.sampled_from([8, 64, 128]),
    "max_bytes": st.integers(10**5, 10**9),
}


focuses = st.lists(st.integers(0, 50), max_size=60, unique=True)


wishes = st.fixed_dictionaries(
    {
        "predictions": st.booleans(),
        "predicted_histograms": st.booleans(),
        "slices": st.integers(0, 3),
        "count_bytes": st.integers(0, 10**6),
    }
)


def bytes_of(units: int, bins: int, histograms: int, moments: int) -> int:
    """Of tables of int32, and of sums and counts of 64 bits."""
    return histograms * units * ((bins + SPECIAL) * 4 + 16) + moments * units * 32


@given(st.fixed_dictionaries(sizes), wishes, st.none() | focuses)
def test_a_plan_stays_within_its_bytes_or_keeps_no_class(
    size: dict[str, int], wish: dict[str, int], focus: list[int] | None
) -> None:
    budget = make_budget(**size, **wish, focus=focus)
    histograms = size["classes"] if budget.histograms is None else len(budget.histograms)
    moments = size["classes"] if budget.moments is None else len(budget.moments)
    predicted = size["classes"] if budget.predicted is None else len(budget.predicted)
    predicted *= wish["predictions"]
    rows = (
        histograms * (1 + wish["slices"] + wish["predictions"] * wish["predicted_histograms"]),
        moments * (1 + wish["slices"]) + predicted,
    )
    confusion = 8 * size["classes"] ** 2 * wish["predictions"]
    used = confusion + bytes_of(size["units"], size["bins"], *rows) + rows[1] * wish["count_bytes"]
    assert used <= size["max_bytes"] or histograms == moments == predicted == 0
    assert all(have + OTHER_ROWS <= most for have, most in zip(rows, budget.rows, strict=True))


@given(st.fixed_dictionaries(sizes), st.none() | focuses)
def test_every_class_is_kept_when_all_fit_whatever_the_focus(
    size: dict[str, int], focus: list[int] | None
) -> None:
    budget = make_budget(**size, focus=focus)
    rows = size["classes"] + OTHER_ROWS
    room = size["max_bytes"] - 200 * size["classes"]  # counts of each class
    fits = bytes_of(size["units"], size["bins"], rows, 0) <= 0.59 * room
    assert budget.whole or not fits
    if budget.whole and size["classes"]:
        assert bytes_of(size["units"], size["bins"], rows, 0) <= size["max_bytes"]


@given(st.fixed_dictionaries(sizes), wishes, st.none() | st.just([0, 1]))
def test_what_a_plan_leaves_out_is_said_with_the_argument_that_changes_it(
    size: dict[str, int], wish: dict[str, int], focus: list[int] | None
) -> None:
    size = size | {"classes": max(2, size["classes"])}
    budget = make_budget(**size, **wish, focus=focus)
    kept = budget.histograms, budget.moments, budget.predicted
    assert len(budget.left_out) == sum(part is not None for part in kept)
    assert all("max_bytes" in note for note in budget.left_out)
    if budget.histograms is not None:
        assert any("focus=" in note for note in budget.left_out)


def test_predicted_classes_and_confusions_beyond_the_limits_are_said() -> None:
    size = {"units": 10, "bins": 64, "max_bytes": 2**30, "focus": None, "predictions": True}
    assert make_budget(classes=PREDICTED_LIMIT, **size).left_out == ()
    (note,) = make_budget(classes=PREDICTED_LIMIT + 1, **size).left_out
    assert "by predicted class, of 33 of 33 classes" in note
    (_, note) = make_budget(classes=CONFUSION_LIMIT + 1, **size).left_out
    assert "confusion of the 2049 classes" in note


def test_ten_classes_of_a_vgg16_fit_the_default_budget_and_a_thousand_do_not() -> None:
    vgg16 = {"units": 4746, "bins": 64, "max_bytes": 256 * 2**20, "focus": None}
    assert make_budget(classes=10, **vgg16).left_out == ()
    (note,) = make_budget(classes=1000, **vgg16).left_out[:1]
    assert f"the {FOCUS} most confused ones are kept" in note


def test_moments_and_counts_of_a_thousand_classes_fit_the_default_budget() -> None:
    size = {"units": 5000, "classes": 1000, "bins": 64, "max_bytes": 256 * 2**20, "focus": None}
    budget = make_budget(**size, predictions=True, count_bytes=4 * 5000)
    assert budget.moments is None
    assert budget.histograms == ()
    assert budget.rows[0] >= FOCUS + OTHER_ROWS
    assert make_budget(**size | {"focus": range(FOCUS)}).histograms == tuple(range(FOCUS))
