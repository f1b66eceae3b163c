"""Which layers a graph of a deep network shows."""

import itertools

from tb_plugin_neural.analysis.networks.layer_rows import choose_rows, inner_layers


def resnet(blocks=(3, 4, 6, 3)):
    inner = [
        f"layer{stage}.{block}.relu:{call}"
        for stage, count in enumerate(blocks, 1)
        for block in range(count)
        for call in range(3)
    ]
    return ["relu", *inner, "fc"]


def test_few_layers_are_all_shown():
    assert choose_rows(["a", "b.c", "d"], 3) == ["a", "b.c", "d"]


def test_blocks_are_shown_by_their_last_layers():
    rows = choose_rows(resnet(), 12, ["fc"])
    assert rows == [
        "relu",
        *(f"layer{n}.{last}.relu:2" for n, last in ((1, 2), (2, 3), (3, 5), (4, 2))),
        "fc",
    ]
    deeper = choose_rows(resnet(), 18, ["fc"])
    assert deeper == ["relu", *(name for name in resnet() if name.endswith(":2")), "fc"]


def test_layers_of_one_block_are_left_out_evenly():
    names = [f"features.{at}" for at in range(30)] + ["classifier.0", "classifier.3"]
    rows = choose_rows(names, 12, ["classifier.3"])
    assert len(rows) == 12
    assert (rows[0], rows[-1]) == (names[0], names[-1])
    gaps = [names.index(b) - names.index(a) for a, b in itertools.pairwise(rows)]
    assert max(gaps) - min(gaps) <= 1


def test_the_output_is_always_shown():
    names = [f"f.{at}" for at in range(20)] + ["logits", "late.0", "late.1"]
    assert "logits" in choose_rows(names, 2, ["logits"])


def test_a_row_stands_for_the_layers_since_the_one_before():
    assert inner_layers(list("abcdef"), {"b", "c", "f"}) == {"b": ["a"], "c": [], "f": ["d", "e"]}
