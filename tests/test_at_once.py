"""Many requests at once: few threads, no answer made twice, no waiting for ever."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tb_plugin_neural.store.decoder import AT_ONCE, prefetch
from tests.logs import Log, probe, session, step_of, subject
from tests.routes.probed import png
from tests.servers import Page, start_python

PATIENCE = 60.0


class TestAhead:
    def test_keeps_the_order_whatever_takes_longer(self):
        def slow_first(number: int) -> int:
            time.sleep(0.02 if number % 5 == 0 else 0)
            return number

        assert list(prefetch(slow_first, range(100))) == list(range(100))

    def test_within_itself_never_waits_for_ever(self):
        def deep(depth: int) -> int:
            return 1 if depth == 0 else sum(prefetch(deep, [depth - 1] * 5))

        with ThreadPoolExecutor(8) as clients:
            found = [clients.submit(lambda: sum(prefetch(deep, [2] * 40))) for _ in range(8)]
            assert [one.result(PATIENCE) for one in found] == [40 * 5**2] * 8

    def test_takes_no_more_threads_than_one_pool_has(self):
        most = 0

        def count(_: int) -> None:
            nonlocal most
            most = max(most, sum(t.name.startswith("neural") for t in threading.enumerate()))
            list(prefetch(str, range(20)))

        with ThreadPoolExecutor(32) as clients:
            list(clients.map(lambda _: list(prefetch(count, range(20))), range(32)))
        assert 0 < most <= AT_ONCE

    def test_hands_on_an_error_and_begins_nothing_more(self):
        begun = []

        def fail(number: int) -> int:
            begun.append(number)
            if number == 3:
                raise ValueError("three")
            return number

        with pytest.raises(ValueError, match="three"):
            list(prefetch(fail, itertools.count()))
        time.sleep(0.05)
        assert len(begun) <= 3 + 2 * AT_ONCE

    def test_that_is_left_begins_nothing_more(self):
        begun, hold = [], threading.Event()

        def wait(number: int) -> int:
            begun.append(number)
            if number:
                hold.wait(PATIENCE)
            return number

        walk = prefetch(wait, range(1000))
        assert next(walk) == 0
        walk.close()
        hold.set()
        time.sleep(0.05)
        assert len(begun) <= 1 + AT_ONCE


class Slow:
    """A data provider that hands out blobs late, and counts them."""

    def __init__(self, provider: Any, clients: int) -> None:
        self._provider = provider
        self.read = 0
        self.asked = threading.Semaphore(0)
        self.clients = clients

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def read_blob(self, context: Any, *, blob_key: str) -> bytes:
        self.read += 1
        for _ in range(self.clients):
            self.asked.acquire(timeout=PATIENCE)
        found: bytes = self._provider.read_blob(context, blob_key=blob_key)
        return found


@pytest.fixture
def logdir(tmp_path):
    with Log(tmp_path / "run") as log:
        log.write(0, [session(probe="probe-1"), probe(2, pictures=[png(n)[0] for n in range(2)])])
        for step in range(6):
            log.write(step, step_of(step))
    return tmp_path


def test_what_several_ask_at_once_is_made_once(logdir):
    asked = {"run": "run", "model": "model", "instance": 1}
    provider = Slow(start_python(logdir), 0)
    page = Page(provider)
    assert page.get("thumbnail", **asked).data == png(1)[0]  # the rest is in the cache now
    before, provider.clients = provider.read, 12

    def ask(_: int) -> Any:
        provider.asked.release()
        return page.get("thumbnail", **asked)

    with ThreadPoolExecutor(12) as clients:
        answers = list(clients.map(ask, range(12)))
    assert [answer.data for answer in answers] == [png(1)[0]] * 12
    assert provider.read == before + 1
    provider.clients = 0
    assert page.get("thumbnail", **asked).status_code == 200
    assert provider.read == before + 2


def test_an_error_reaches_all_who_ask_and_is_forgotten(logdir):
    page = Page(start_python(logdir))
    with ThreadPoolExecutor(16) as clients:
        found = clients.map(lambda _: page.get("metrics", run="none", model="model"), range(64))
        assert {(one.status_code, "no model" in one.text) for one in found} == {(404, True)}
    assert page.get("metrics", run="run", model="model").status_code == 200


def test_sixty_four_clients_get_what_one_gets(logdir):
    questions = [
        ("distributions", {"layer": layer, "s": [subject("run", a, f"class:{c}") for a in (b, 0)]})
        for layer, b, c in itertools.product(("fc", "logits"), range(6), range(3))
    ]
    alone = [Page(start_python(logdir)).get(route, **asked).data for route, asked in questions]
    page, most = Page(start_python(logdir)), 0

    def ask(at: int) -> bool:
        nonlocal most
        route, asked = questions[at % len(questions)]
        same = page.get(route, **asked).data == alone[at % len(questions)]
        most = max(most, sum(t.name.startswith("neural") for t in threading.enumerate()))
        return same

    with ThreadPoolExecutor(64) as clients:
        assert all(clients.map(ask, range(640)))
    assert most <= AT_ONCE
