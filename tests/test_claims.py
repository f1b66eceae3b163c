"""A small record never takes much memory, whatever it claims: every kind, read and answered."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from tb_plugin_neural.contract import codec
from tb_plugin_neural.contract.records import KINDS
from tests import claims

MOST = 256 * 2**20


@pytest.fixture(autouse=True)
def _limited() -> Iterator[None]:
    """What breaks the promise ends with a MemoryError and not with the machine."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (claims.ADDRESS_SPACE, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_record_that_claims_much_in_little_takes_little(kind):
    cases = list(claims.cases(kind))
    assert cases
    for what, data in cases:
        found = claims.measure(kind, what, data)
        assert found["peak"] <= MOST, found
        assert found["failed"] == [], found


@pytest.mark.parametrize("kind", [kind for kind in KINDS if claims.axes(kind)])
def test_what_no_record_may_claim_is_refused_before_it_is_inflated(kind):
    """A blob of some kilobytes that inflates to more than it may."""
    bomb = codec.deflate(bytes(codec.INFLATE_LIMIT // codec.SMALL + 2**20), 9)
    assert len(bomb) < claims.HEAVIEST
    assert "inflate beyond" in str(claims.refusal(kind, bomb))


def test_the_claims_are_those_of_every_kind_and_are_large():
    assert claims.READ_BY.keys() == KINDS.keys()
    what, data = next(claims.cases("histograms"))
    assert len(codec.inflate(data)) > 4 * claims.SMALL > 4 * len(data), what
