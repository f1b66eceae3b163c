"""The smallest addition to an ordinary training script: the four lines marked with `# +`.

python examples/minimal.py
tensorboard --logdir runs/minimal
"""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder  # +

digits = load_digits()
images = torch.tensor(digits.images[:, None] / 16, dtype=torch.float32)
labels = torch.tensor(digits.target)
training = DataLoader(TensorDataset(images[:1400], labels[:1400]), batch_size=50, shuffle=True)
test = TensorDataset(images[1400:], labels[1400:])

torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(256, 48),
    nn.ReLU(),
    nn.Linear(48, 10),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

writer = SummaryWriter("runs/minimal")
recorder = Recorder(model, classes=list("0123456789"), probe=ProbeSet.sample(test, n=100))  # +
for epoch in range(10):
    recorder.run(DataLoader(test, batch_size=100))  # +
    recorder.write(writer, epoch)  # +
    for batch, truth in training:
        loss = nn.functional.cross_entropy(model(batch), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    writer.add_scalar("loss", loss.item(), epoch)
    print(f"epoch {epoch}: loss {loss.item():.3f}")
writer.close()
