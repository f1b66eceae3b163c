from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tb_plugin_neural.store.cache import Cache


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), max_size=60), st.integers(0, 100))
def test_never_holds_more_than_its_limit_and_always_answers(asked, limit):
    cache = Cache(limit)
    for key, weight in asked:
        assert cache.get(key, lambda key=key, weight=weight: (key, weight)) == key
        assert cache.weight <= limit
        assert cache.weight == sum(cache._weights.values())
        assert set(cache._weights) == set(cache._values)


def test_the_least_recently_used_goes_first():
    cache = Cache(2)
    made = []

    def ask(key):
        return cache.get(key, lambda: (made.append(key), 1))

    for key in "abacab":
        ask(key)
    assert made == ["a", "b", "c", "b"]


def test_what_several_ask_for_at_once_is_made_once():
    cache = Cache(10)
    made, entered, go_on = [], threading.Event(), threading.Event()

    def make():
        made.append(1)
        entered.set()
        go_on.wait(10)
        return "value", 1

    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(cache.get("key", make))) for _ in range(8)
    ]
    threads[0].start()
    entered.wait(10)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert answers == ["value"] * 8
    assert made == [1]


def test_an_exception_is_told_and_not_kept():
    cache = Cache(10)

    def fail():
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        cache.get("key", fail)
    assert cache.get("key", lambda: ("back", 1)) == "back"
