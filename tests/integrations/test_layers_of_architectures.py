"""What `"auto"` records of models of the library transformers is what `docs/layers.md` lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.architectures import all_architectures
from benchmarks.menagerie import roles_of, row

pytest.importorskip("transformers", reason="make test-integrations installs it")

LISTED = (Path(__file__).parents[2] / "docs" / "layers.md").read_text("utf-8").splitlines()
NAMES = ("Bert", "Albert", "ModernBert", "GPT2", "Bloom", "Llama", "Phi3", "Mixtral", "ViT", "Swin")
KNOWN = {one.name: one for one in all_architectures() if one.library == "transformers"}


@pytest.mark.parametrize("name", NAMES)
def test_the_layers_of_a_well_known_architecture_are_those_that_are_listed(name: str) -> None:
    assert row(KNOWN[name], roles_of(KNOWN[name])) in LISTED
