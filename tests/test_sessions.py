"""Joining sessions, checked against replaying them one after the other."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tb_plugin_neural.contract.metadata import Series
from tb_plugin_neural.store import sessions
from tb_plugin_neural.store.sessions import Recording
from tb_plugin_neural.store.source import Entry
from tests.logs import histograms, session

KEY = ("histograms", "fc")
HISTOGRAMS = histograms({str(row): np.ones((1, 1)) for row in range(4)})


def recording(run, name, steps, begin, about=None):
    series = Series(name, *KEY)
    entries = tuple(Entry(run, series, s, begin + n, ("key",)) for n, s in enumerate(steps))
    return Recording(run, name, about or session(), {}, {KEY: entries})


def shown(model):
    """The session whose record is seen at each step; the newest of several."""
    found = {}
    for one in model.recordings:
        for entry in one.entries[KEY]:
            if model.visible(entry, one):
                found[entry.step] = max(
                    found.get(entry.step, (0, "")), (entry.wall_time, one.session)
                )
    return {step: name for step, (_, name) in sorted(found.items())}


STEPS = st.lists(st.integers(0, 12), min_size=1, max_size=6, unique=True).map(sorted)


@given(st.lists(STEPS, min_size=1, max_size=5))
def test_a_later_session_takes_over_at_its_first_step(histories):
    made = [
        recording("run", f"{at:08x}", steps, begin=1000.0 * (1 + at))
        for at, steps in enumerate(histories)
    ]
    replayed = {}
    for one, steps in zip(made, histories, strict=True):
        replayed = {step: name for step, name in replayed.items() if step < steps[0]}
        replayed |= dict.fromkeys(steps, one.session)
    (model,) = sessions.join(reversed(made))
    assert shown(model) == replayed
    assert [one.session for one in model.recordings] == [one.session for one in made]


def test_a_later_session_hides_its_first_step_of_kinds_too_that_it_lacks_there():
    earlier = recording("run", "aaaaaaaa", [0, 5, 10], begin=1000.0)
    later = recording("run", "bbbbbbbb", [10], begin=2000.0)
    key = ("moments", "fc")
    first = Entry("run", Series("bbbbbbbb", *key), 5, 1999.0, ("key",))
    later = dataclasses.replace(later, entries={**later.entries, key: (first,)})
    (model,) = sessions.join([earlier, later])
    assert shown(model) == {0: "aaaaaaaa", 10: "bbbbbbbb"}


@given(STEPS, STEPS)
def test_an_addition_hides_no_step_and_wins_where_it_records_again(steps, added):
    parent = recording("run", "aaaaaaaa", steps, begin=1000.0)
    job = recording("run/neural-job", "bbbbbbbb", added, begin=2000.0)
    (model,) = sessions.join([job, parent])
    expected = dict.fromkeys(steps, "aaaaaaaa") | dict.fromkeys(added, "bbbbbbbb")
    assert shown(model) == expected
    assert model.run == "run"


@given(st.lists(STEPS, min_size=2, max_size=4))
def test_a_session_that_says_so_hides_nothing_and_wins_where_it_records_again(histories):
    made = [
        recording("run", f"{at:08x}", steps, 1000.0 * (1 + at), session(addition=at > 0))
        for at, steps in enumerate(histories)
    ]
    expected = {}
    for one, steps in zip(made, histories, strict=True):
        expected |= dict.fromkeys(steps, one.session)
    (model,) = sessions.join(reversed(made))
    assert shown(model) == expected


def bins(*names):
    pairs = [(f"target:{at}", name) for at, name in enumerate(names)]
    return session(task="regression", subset_names=tuple(itertools.chain(*pairs)))


def test_quantile_bins_are_paired_by_their_bounds_never_by_position():
    made = [
        recording("run", "aaaaaaaa", [0], 1000.0, bins("t < 1", "1 ≤ t < 1", "1 ≤ t < 1", "t ≥ 1")),
        recording("run", "bbbbbbbb", [1], 2000.0, bins("t < 5", "5 ≤ t < 6", "6 ≤ t < 7", "t ≥ 7")),
        recording("run", "cccccccc", [2], 3000.0, bins("t < 5", "5 ≤ t < 6", "6 ≤ t < 9", "t ≥ 9")),
        recording("run", "dddddddd", [3], 4000.0, bins("t < 1", "1 ≤ t < 1", "1 ≤ t < 1", "t ≥ 1")),
    ]
    (model,) = sessions.join(made)
    flat = model.about.subset_names
    named = dict(zip(flat[::2], flat[1::2], strict=True))
    assert len(named) == 4 + 4 + 2
    for one in made:
        (entry,) = one.entries[KEY]
        keys = tuple(f"target:{at}" for at in range(4))
        own = model.rekeyed(entry, dataclasses.replace(HISTOGRAMS, subsets=keys)).subsets
        assert [named[key] for key in own] == [*one.about.subset_names[1::2]]
        assert len({*own}) == 4
    assert model.keys.keys() == {("run", "bbbbbbbb"), ("run", "cccccccc")}


@pytest.mark.parametrize(
    ("run", "parent"),
    [
        ("run/neural-strips", "run"),
        ("a/b/neural-x", "a/b"),
        ("a\\neural-x", "a"),
        ("neural-x", "."),
        ("neural-x/train", None),
        ("run/neural-", None),
        ("run/my-neural-x", None),
        ("run", None),
        (".", None),
    ],
)
def test_a_sub_run_of_a_job_names_its_parent(run, parent):
    assert sessions.parent_of(run) == parent


def test_layers_are_those_of_the_newest_session_then_the_others():
    (a, b) = session().layers
    made = [
        recording("run", "aaaaaaaa", [0], 1000.0, session(layers=(b,))),
        recording("run", "bbbbbbbb", [1], 2000.0, session(layers=(a,))),
    ]
    (model,) = sessions.join(made)
    assert model.about.layers == (a, b)


def test_weights_are_those_the_first_session_began_with():
    made = [
        recording("run", "bbbbbbbb", [5], 2000.0, session(weights="later")),
        recording("run", "aaaaaaaa", [0], 1000.0, session(weights="initial")),
    ]
    (model,) = sessions.join(made)
    assert model.about.weights == "initial"


def test_a_longer_list_of_classes_is_no_other_list():
    made = [
        recording("run", "aaaaaaaa", [0], 1000.0, session(classes=("cat", "dog"))),
        recording("run", "bbbbbbbb", [1], 2000.0, session(classes=("cat", "dog", "frog"))),
        recording("run", "cccccccc", [2], 3000.0, session(classes=())),
    ]
    (model,) = sessions.join(made)
    assert model.foreign == []
    assert list(shown(model)) == [0, 1, 2]
