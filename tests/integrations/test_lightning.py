"""A Lightning training whose callback records after every validation."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from event_files import records_in
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from summary_ops import Recorder

lightning = pytest.importorskip("lightning.pytorch", reason="make test-integrations installs it")
from lightning.pytorch.loggers import TensorBoardLogger  # noqa: E402

EPOCHS = 3


class Classifier(lightning.LightningModule):
    """Two dense layers on handwritten digits, with dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10)
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        images, labels = batch
        return functional.cross_entropy(self(images), labels)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Recording(lightning.Callback):
    """Record an evaluation pass at each epoch's end."""

    def __init__(self, recorder: Recorder, loader: DataLoader[Any]) -> None:
        self.recorder, self.loader = recorder, loader

    def on_train_epoch_end(self, trainer: Any, _: Any) -> None:
        self.recorder.run(self.loader)
        self.recorder.write(trainer.logger.experiment, trainer.global_step)


def _train(folder: Path, *, record: bool) -> dict[str, Tensor]:
    torch.manual_seed(0)
    digits = load_digits()
    images = torch.tensor(digits.data[:600], dtype=torch.float32) / 16
    data = TensorDataset(images, torch.tensor(digits.target[:600]))
    model = Classifier()
    recorder = Recorder(model, classes=[str(digit) for digit in range(10)], strict=True)
    callbacks = [Recording(recorder, DataLoader(data, 100, shuffle=True))] if record else []
    trainer = lightning.Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        logger=TensorBoardLogger(folder, name=None, version=""),
        callbacks=callbacks,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning's own, about workers and its dependencies
        trainer.fit(model, DataLoader(data, 50, shuffle=True))
    return model.state_dict()


def test_a_lightning_training_is_recorded_every_epoch_and_not_changed(
    tmp_path: Path,
) -> None:
    recorded = _train(tmp_path / "recorded", record=True)
    plain = _train(tmp_path / "plain", record=False)
    assert all(torch.equal(recorded[name], plain[name]) for name in plain)

    metrics = {
        step: record
        for (step, kind, _), record in records_in(tmp_path / "recorded").items()
        if kind == "class_metrics"
    }
    assert sorted(metrics) == [12, 24, 36]
    assert all(record.inputs.sum() == 600 for record in metrics.values())
    accuracy = [record.correct.sum() / 600 for record in metrics.values()]
    assert accuracy[-1] > accuracy[0]
