from __future__ import annotations

from pathlib import Path

import pytest
from golden import make

GOLDEN = Path(make.__file__).parent


@pytest.mark.parametrize("name", make.FILES)
def test_golden_answers_are_what_the_codec_writes(name):
    assert (GOLDEN / name).read_bytes() == make.FILES[name]()
