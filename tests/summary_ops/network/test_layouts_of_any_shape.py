"""Whatever an output's axes and lengths are: its numbers are right, or it is left out."""

from __future__ import annotations

import itertools
import warnings

import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from summary_ops import Recorder, RecordingWarning, Statistics
from tests.summary_ops.network.class_means import overall, recorded

UNITS = 4
SIZES = st.integers(1, 6)


class Shaped(nn.Module):
    """Lays `[batch, parts, positions, units]` out as it is told, through one layer."""

    def __init__(self, *, folded: bool, strided: bool, positions_first: bool) -> None:
        super().__init__()
        self.dense, self.act = nn.Linear(3, UNITS), nn.Tanh()
        self.folded, self.strided, self.positions_first = folded, strided, positions_first

    def forward(self, inputs: Tensor) -> Tensor:
        h = self.dense(inputs)
        h = h.transpose(0, 1) if self.strided else h
        h = h.flatten(0, 1) if self.folded else h
        h = h.transpose(0, 1) if self.positions_first else h
        return self.act(h).sum((0, 1))


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(SIZES, min_size=1, max_size=3),
    parts=SIZES,
    positions=SIZES,
    folded=st.booleans(),
    strided=st.booleans(),
    positions_first=st.booleans(),
    running=st.booleans(),
)
def test_what_is_recorded_is_right(
    sizes: list[int],
    parts: int,
    positions: int,
    *,
    folded: bool,
    strided: bool,
    positions_first: bool,
    running: bool,
) -> None:
    assume(running or not (folded and positions_first))  # lengths alone cannot tell
    torch.manual_seed(0)
    model = Shaped(folded=folded, strided=strided, positions_first=positions_first)
    recorder = Recorder(
        model,
        layers=["act"],
        statistics=Statistics(unit_axis={"act": -1}),
        task=None,
        graph=None,
        verbose=False,
    )
    batches = [torch.randn(size, parts, positions, 3) for size in sizes]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        for batch in batches:
            if running:
                recorder.run([batch], progress=False)
            else:
                with recorder.observing(), torch.no_grad():
                    model(batch)
    if not recorded(recorder):
        assert recorder.problems.found
        return
    inputs, mean = overall(recorder, "act")
    pooled = [model.act(model.dense(batch)).amax((1, 2)).detach().double() for batch in batches]
    chosen = [
        torch.cat(some)
        for number in range(1, len(pooled) + 1)
        for some in itertools.combinations(pooled, number)
        if sum(map(len, some)) == inputs
    ]
    assert any(torch.allclose(mean, some.mean(0), rtol=1e-5, atol=1e-6) for some in chosen)
    if running and all(size > 1 for size in sizes):
        assert inputs == sum(sizes)
