"""Record well-known architectures of timm and transformers, and list the layers that are chosen.

Needs both libraries: `make test-integrations`, and `pip install --no-deps timm torchvision`.
"""

from __future__ import annotations

import argparse
import copy
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from benchmarks import report
from benchmarks.architectures import CLASSES, Architecture, all_architectures
from benchmarks.report import Figure, Section
from summary_ops import Recorder
from summary_ops.network.isolation import isolation
from summary_ops.passes.choosing import thinned
from summary_ops.tracing.roles.roles import Role, find_roles

COMMAND = "python -m benchmarks.menagerie"
TARGET = Path(__file__).parents[1] / "docs" / "layers.md"
BEGIN, END = "<!-- made by python -m benchmarks.menagerie -->", "<!-- end -->"
MOST_LAYERS = 64


@dataclass(frozen=True)
class Result:
    """What came of one architecture.

    Attributes:
        architecture: which.
        roles: of the layers that were recorded.
        layers: their number.
        problems: what was reported.
        unchanged: whether training was bit-identical to training without a recorder.
    """

    architecture: Architecture
    roles: tuple[Role, ...]
    layers: int
    problems: tuple[str, ...]
    unchanged: bool

    @property
    def is_right(self) -> bool:
        """Return whether it was recorded without a problem and without a trace."""
        return not self.problems and self.unchanged and 0 < self.layers <= MOST_LAYERS


def examine(architecture: Architecture) -> Result:
    """Record an architecture before, while and after it trains for two steps."""
    model, inputs = architecture.make()
    labels = torch.arange(len(inputs)) % CLASSES
    twin = copy.deepcopy(model)
    recorder = Recorder(model, task=None, graph=None, verbose=False)
    with (
        tempfile.TemporaryDirectory() as folder,
        SummaryWriter(folder) as writer,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        recorder.run([(inputs[:4], labels[:4])], progress=False)
        recorder.write(writer, 0)
    _train(twin, inputs, labels)
    _train(model, inputs, labels)
    pairs = zip(model.state_dict().values(), twin.state_dict().values(), strict=True)
    problems = recorder.problems.found
    return Result(
        architecture,
        roles_of(architecture),
        len(recorder.pipeline.network.layers),
        tuple(f"{problem.what}: {problem.message}" for problem in problems),
        all(torch.equal(one, other) for one, other in pairs),
    )


def _train(model: nn.Module, inputs: Tensor, labels: Tensor) -> None:
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    for part, wanted in zip(inputs.split(4), labels.split(4), strict=True):
        optimizer.zero_grad()
        output = model(part)
        logits = output if isinstance(output, Tensor) else getattr(output, "logits", output[0])
        logits = logits[0] if isinstance(logits, tuple) else logits
        flat = logits.flatten(1) if logits.ndim > 1 else logits
        torch.nn.functional.cross_entropy(flat, wanted).backward()
        optimizer.step()


def patterns(roles: tuple[Role, ...]) -> Iterator[str]:
    """Yield the layers of each role, with `*` for the numbers in which they differ."""
    groups: dict[tuple[str, str], list[Role]] = {}
    for role in roles:
        groups.setdefault((role.role, re.sub(r"\d+", "*", role.layer)), []).append(role)
    for (role_name, pattern), members in groups.items():
        name = members[0].layer if len(members) == 1 else pattern
        times = f" {report.TIMES} {len(members)}" if len(members) > 1 else ""
        yield f"{role_name} `{name}`{times}"


def roles_of(architecture: Architecture) -> tuple[Role, ...]:
    """Return the layers of an architecture that `"auto"` chooses."""
    model, inputs = architecture.make()
    with isolation.isolated(model):
        return thinned(find_roles(model, lambda: model(inputs[:2])))


def table(found: Iterable[tuple[Architecture, tuple[Role, ...]]]) -> str:
    """Return one row per architecture."""
    rows = ["| architecture | layers | what is recorded |", "| --- | --- | --- |"]
    rows += [row(architecture, roles) for architecture, roles in found]
    return "\n".join(rows)


def row(architecture: Architecture, roles: tuple[Role, ...]) -> str:
    """Return what is recorded of an architecture, as in `docs/layers.md`."""
    name = f"{architecture.name} ({architecture.library})"
    return f"| {name} | {len(roles)} | {'; '.join(patterns(roles))} |"


def measure() -> Section:
    """Examine all architectures, and write the table of some."""
    results = [examine(one) for one in tqdm(list(all_architectures()))]
    wrong = [result for result in results if not result.is_right]
    for result in wrong:
        print(result.architecture.name, result.layers, result.unchanged, *result.problems, sep="; ")
    text = TARGET.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    rows = table([(one.architecture, one.roles) for one in results])
    TARGET.write_text(f"{head}{BEGIN}\n\n{rows}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    right = len(results) - len(wrong)
    return Section(
        "Architectures of timm and transformers",
        COMMAND,
        "Each with random weights: a record of a batch of four inputs, without graphs, which take "
        "minutes for the largest; then two steps of training, whose weights are compared bit by "
        "bit with those of a copy that was not recorded. The layers are listed in "
        "[layers](layers.md).",
        [
            Figure("recorded without a problem, training unchanged", right / len(results), "share"),
            Figure("architectures", len(results), ""),
            Figure("layers, at most", max(one.layers for one in results), "", most=MOST_LAYERS),
        ],
    )


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_num_threads(1)
    print(measure().markdown(), report.machine(), sep="\n")
