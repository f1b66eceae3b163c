"""Setups of other libraries, each tried where it is installed."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from tools.compatibility.trying import Case
from tools.compatibility.wrappers import IMAGES, N, X, Y, dense, of

TOKENS = 11


def version_of(name: str) -> str | None:
    """Return the installed version; None where the library is missing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def torchvision_resnet() -> Case:
    """ResNet-18 on small images."""
    models = importlib.import_module("torchvision.models")
    return _images(models.resnet18(num_classes=3), 32)


def torchvision_segmentation() -> Case:
    """LR-ASPP, whose output is a dict of maps."""
    segmentation = importlib.import_module("torchvision.models.segmentation")
    model = segmentation.lraspp_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=3
    )
    pictures = torch.rand(8, 3, 64, 64)
    return Case(model, [(pictures, None)], pictures[:2], {"task": None})


def timm_vit() -> Case:
    """Return a small vision transformer."""
    timm = importlib.import_module("timm")
    model = timm.create_model(
        "vit_tiny_patch16_224", img_size=32, patch_size=8, depth=2, num_classes=3
    )
    return _images(model, 32)


def timm_convnext() -> Case:
    """Return a small ConvNeXt."""
    timm = importlib.import_module("timm")
    model = timm.create_model("convnext_atto", num_classes=3, depths=(1, 1, 2, 1))
    return _images(model, 32)


def _images(model: nn.Module, side: int) -> Case:
    pictures = nn.functional.interpolate(IMAGES, size=(side, side))
    return Case(model, [(pictures, Y)], pictures[:12])


def _text(model: nn.Module, **options: Any) -> Case:
    ids = torch.randint(3, 40, (N, TOKENS))
    mask = torch.ones_like(ids)
    mask[::3, 7:] = 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    part = {name: tensor[:12] for name, tensor in inputs.items()}
    return Case(model, [(inputs, Y)], part, options)


def bert() -> Case:
    """BERT for classification."""
    transformers = importlib.import_module("transformers")
    config = transformers.BertConfig(
        vocab_size=40,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        num_labels=3,
    )
    return _text(transformers.BertForSequenceClassification(config))


def gpt2() -> Case:
    """GPT-2 for classification."""
    transformers = importlib.import_module("transformers")
    config = transformers.GPT2Config(
        vocab_size=40, n_embd=24, n_layer=2, n_head=2, n_positions=16, num_labels=3, pad_token_id=0
    )
    return _text(transformers.GPT2ForSequenceClassification(config))


def lora() -> Case:
    """Return a model with adapters of peft."""
    peft = importlib.import_module("peft")
    config = peft.LoraConfig(r=2, target_modules=["0", "2"])
    return of(peft.get_peft_model(dense(), config))


class Merging(nn.Module):
    """A model with adapters of loralib, which merge them in evaluation mode."""

    def __init__(self) -> None:
        super().__init__()
        lora = importlib.import_module("loralib")
        self.first, self.head = lora.Linear(6, 8, r=2), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.first(x).relu())


def quantized() -> Case:
    """Weights of 8 bits by torchao."""
    quantization = importlib.import_module("torchao.quantization")
    model = dense()
    quantization.quantize_(model, quantization.Int8WeightOnlyConfig())
    return of(model)


def lightning_module() -> Case:
    """Return a LightningModule as the model."""
    lightning = importlib.import_module("lightning.pytorch")

    class Classifier(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.body = dense()

        def forward(self, x: Tensor) -> Tensor:
            return self.body(x)

    return of(Classifier())


def accelerated() -> Case:
    """Return a model that Accelerate has prepared."""
    accelerate = importlib.import_module("accelerate")
    return of(accelerate.Accelerator(cpu=True).prepare(dense()))


def pandas_labels() -> Case:
    """Labels as a pandas Series."""
    pandas = importlib.import_module("pandas")
    return of(dense(), batches=[(X, pandas.Series(Y.numpy(), index=range(100, 100 + N)))])


SETUPS: dict[tuple[str, str], Callable[[], Case]] = {
    ("torchvision", "ResNet-18"): torchvision_resnet,
    ("torchvision", "LR-ASPP, segmentation, `task=None`"): torchvision_segmentation,
    ("timm", "ViT"): timm_vit,
    ("timm", "ConvNeXt"): timm_convnext,
    ("transformers", "BERT, classification"): bert,
    ("transformers", "GPT-2, classification"): gpt2,
    ("peft", "LoRA"): lora,
    ("loralib", "LoRA that merges in `eval()`"): lambda: of(Merging()),
    ("torchao", "8-bit weights"): quantized,
    ("lightning", "LightningModule"): lightning_module,
    ("accelerate", "`prepare`"): accelerated,
    ("pandas", "labels as a Series"): pandas_labels,
}
