"""What measuring influence costs, and how well composed edges foretell an ablation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from torch import Tensor, nn

from benchmarks import images, models, report
from benchmarks.report import Figure, Section
from summary_ops import layers
from summary_ops.network.recorded import RecordedNetwork
from summary_ops.tracing import Edges, Tracer

COMMAND = "python -m benchmarks.influence"
BATCH, REPEATS, CONSUMERS = 32, 7, 8
SEEDS = 5


def cost() -> list[Figure]:
    """Processor seconds that measuring adds to the forward pass of one batch of one class."""
    torch.manual_seed(0)
    batch = images.crops(BATCH, 32, 10).tensors[0]
    model = models.calibrated(models.vgg16(), batch)
    tracer = Tracer(RecordedNetwork(model, layers.choose(model)))
    tracer.trace(lambda: model(batch[:2]))
    top = {name: range(min(CONSUMERS, units)) for name, units in tracer.layers.items()}

    def measuring(measures: Sequence[str]) -> Callable[[], object]:
        return lambda: tracer.measure(lambda: model(batch), measures, inputs=BATCH, top=top)

    figures = []
    with torch.no_grad():
        plain = report.seconds(lambda: model(batch), clock=time.process_time, repeats=REPEATS)
    cases = (
        ("contributions, one measure", ["contribution"], 1.5),
        ("contributions, both measures", ["contribution", "maximum"], 2.5),
        (f"Summit's measure for {CONSUMERS} consumers a layer", ["summit"], 0.6),
    )
    for name, measures, most in cases:
        taken = report.seconds(measuring(measures), clock=time.process_time, repeats=REPEATS)
        added = (taken - plain) / plain
        figures.append(
            Figure(
                f"VGG16, 32 px: {name}: time added over the forward pass",
                added,
                most=most,
                note=f"{1e3 * (taken - plain):.0f} ms on {1e3 * plain:.0f} for {BATCH} inputs",
            )
        )
    return figures


class Network(nn.Module):
    """Residual blocks on digits; what is between them is not recorded."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.ReLU())
        self.middle = nn.Sequential(
            *(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()),
            *(nn.Conv2d(width, width, 3, padding=1), nn.ReLU()),
        )
        self.head = nn.Linear(width, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Digits `[batch, 1, 8, 8]` to logits."""
        return self.head(self.middle(self.stem(x)).mean((2, 3)))


def trained(seed: int) -> tuple[nn.Module, Tensor, Tensor]:
    """A network trained on the first 1,000 digits, and the others with their labels."""
    found = load_digits()
    x = torch.tensor(found.images, dtype=torch.float32)[:, None] / 16
    y = torch.tensor(found.target)
    torch.manual_seed(seed)
    model = Network()
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(300):
        chosen = torch.randint(0, 1000, (64,))
        loss = nn.functional.cross_entropy(model(x[chosen]), y[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval(), x[1000:], y[1000:]


def ablated(model: Network, x: Tensor) -> Tensor:
    """By how much each consumer's mean falls without each producer, `[consumers, producers]`."""
    with torch.no_grad():
        stem = model.stem(x)
        before = model.middle(stem).mean((0, 2, 3))
        columns = []
        for unit in range(stem.shape[1]):
            less = stem.clone()
            less[:, unit] = 0
            columns.append(before - model.middle(less).mean((0, 2, 3)))
    return torch.stack(columns, 1)


def agreement(seed: int) -> dict[str, float]:
    """Spearman of composed edges with ablating the producer, the median of classes and units."""
    model, x, y = trained(seed)
    tracer = Tracer(RecordedNetwork(model, layers.choose(model, ["stem.1", "middle.4"])))
    ranks: dict[str, list[float]] = {"contribution": [], "summit": []}
    for label in range(10):
        batch = x[y == label]
        found: Edges = tracer.measure(
            lambda batch=batch: model(batch), list(ranks), inputs=len(batch)
        ).compose()["middle.4"]
        effect = ablated(model, batch)
        for measure, scores in ranks.items():
            weights = getattr(found, measure)
            for row, true in zip(weights, effect, strict=True):
                if row.unique().numel() > 1 and true.abs().max() > 1e-6:
                    scores.append(float(spearmanr(row, true).statistic))
    return {name: float(torch.tensor(scores).median()) for name, scores in ranks.items()}


def fidelity() -> list[Figure]:
    """How well edges through a hidden layer foretell an ablation, over seeds."""
    found = [agreement(seed) for seed in range(SEEDS)]
    figures = []
    for measure, name in (("contribution", "contribution"), ("summit", "Summit's count")):
        values = sorted(scores[measure] for scores in found)
        figures.append(
            Figure(
                f"composed edges, {name}: Spearman with ablating the producer",
                values[len(values) // 2],
                "",
                note=f"median of {SEEDS} seeds, the lowest {values[0]:.3f}",
            )
        )
    return figures


def measure() -> Section:
    torch.set_num_threads(1)
    return Section(
        "Measuring influence",
        COMMAND,
        f"One thread; a batch of {BATCH} inputs as of one class; the time that the traced pass "
        "takes beyond the forward pass of the same inputs, of VGG16 with He-initialised weights. A "
        "weight gradient a measure and layer is as much arithmetic as the layer itself. Ablation: "
        "a network trained on digits, recorded before and after two convolutions; by how much a "
        "unit's mean falls when one producer is set to 0, class by class, against the edge.",
        [*cost(), *fidelity()],
    )


if __name__ == "__main__":
    print(measure().markdown())
