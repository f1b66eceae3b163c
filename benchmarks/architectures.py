"""Small models of well-known architectures, with random weights, and inputs for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

VOCABULARY, TOKENS, CLASSES = 50, 9, 4

TIMM = (
    *("resnet18", "resnetv2_50", "regnety_002", "dla34", "hrnet_w18_small", "res2net50_14w_8s"),
    *("resnest14d", "senet154", "densenet121", "vovnet39a", "inception_v3", "inception_resnet_v2"),
    *("xception41", "vgg11", "darknet53", "cspresnet50", "nfnet_f0", "repvgg_a0", "mobileone_s0"),
    *("efficientnet_b0", "mobilenetv2_050", "mobilenetv3_small_050", "ghostnet_050"),
    *("convnext_atto", "convnextv2_atto", "convmixer_768_32", "inception_next_atto", "starnet_s1"),
    *("vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "beit_base_patch16_224"),
    *("cait_xxs24_224", "xcit_nano_12_p16_224", "swin_tiny_patch4_window7_224", "davit_tiny"),
    *("swinv2_tiny_window8_256", "maxvit_tiny_tf_224", "pvt_v2_b0", "mvitv2_tiny", "levit_128s"),
    *("efficientformer_l1", "edgenext_xx_small", "mobilevit_xxs", "fastvit_t8", "poolformer_s12"),
    *("mixer_s32_224", "resmlp_12_224", "hiera_tiny_224", "tiny_vit_5m_224", "repvit_m0_9"),
)

_LABELS = {"num_labels": CLASSES}
_COMMON = {
    "vocab_size": VOCABULARY,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "num_labels": CLASSES,
    "pad_token_id": 0,
}
_DECODER = _COMMON | {"num_key_value_heads": 4}
_IMAGES = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 32,
    "patch_size": 8,
    "num_labels": CLASSES,
}
_STAGES = {"hidden_sizes": [12, 16, 24, 32], "depths": [1, 1, 2, 1], "num_labels": CLASSES}
_SHORT = {"vocab_size": VOCABULARY, "n_embd": 24, "n_layer": 2, "n_head": 4, "n_positions": 32}


@dataclass(frozen=True)
class Recipe:
    """How to make a model of the library transformers.

    Attributes:
        head: what follows the family's name: `ForCausalLM`.
        options: of its configuration.
        inputs: `tokens` or `images`.
    """

    head: str
    options: dict[str, Any]
    inputs: str = "tokens"


_CAUSAL = partial(Recipe, "ForCausalLM")
_SEQUENCE = partial(Recipe, "ForSequenceClassification")
_PICTURES = partial(Recipe, "ForImageClassification", inputs="images")

TRANSFORMERS = {
    **dict.fromkeys(
        ("Bert", "Roberta", "Electra", "RoFormer", "MegatronBert", "Ernie", "MPNet", "RemBert"),
        _SEQUENCE(_COMMON),
    ),
    "ConvBert": _SEQUENCE(_COMMON | {"embedding_size": 24}),
    "Albert": _SEQUENCE(_COMMON | {"embedding_size": 16}),
    "DebertaV2": _SEQUENCE(_COMMON),
    "ModernBert": _SEQUENCE(_COMMON | dict.fromkeys(("bos_token_id", "eos_token_id"), 1)),
    "DistilBert": _SEQUENCE(
        _LABELS
        | {"vocab_size": VOCABULARY, "dim": 24, "n_layers": 2, "n_heads": 4, "hidden_dim": 40}
    ),
    "XLNet": _SEQUENCE(
        _LABELS
        | {"vocab_size": VOCABULARY, "d_model": 24, "n_layer": 2, "n_head": 4, "d_inner": 40}
    ),
    "GPT2": _SEQUENCE(_SHORT | {"pad_token_id": 0, "num_labels": CLASSES}),
    "GPTJ": _CAUSAL(_SHORT | {"rotary_dim": 4}),
    "GPTNeoX": _CAUSAL(_COMMON),
    "GPTNeo": _CAUSAL(
        {
            "vocab_size": VOCABULARY,
            "hidden_size": 24,
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "max_position_embeddings": 32,
        }
    ),
    "Bloom": _CAUSAL({"vocab_size": VOCABULARY, "hidden_size": 24, "n_layer": 2, "n_head": 4}),
    "Falcon": _CAUSAL(_COMMON),
    "OPT": _CAUSAL(
        _COMMON | {"ffn_dim": 40, "max_position_embeddings": 32, "word_embed_proj_dim": 24}
    ),
    **dict.fromkeys(
        ("Llama", "Mistral", "Qwen2", "Phi3", "StableLm", "Olmo", "Olmo2", "Cohere", "Nemotron"),
        _CAUSAL(_DECODER),
    ),
    **dict.fromkeys(("Qwen3", "Gemma", "Gemma2"), _CAUSAL(_DECODER | {"head_dim": 6})),
    **dict.fromkeys(("Starcoder2", "Granite"), _CAUSAL(_DECODER)),
    "Mixtral": _CAUSAL(_DECODER | {"num_local_experts": 4}),
    "Mamba": _CAUSAL(
        {"vocab_size": VOCABULARY, "hidden_size": 24, "num_hidden_layers": 2, "state_size": 4}
    ),
    "Rwkv": _CAUSAL({"vocab_size": VOCABULARY, "hidden_size": 24, "num_hidden_layers": 2}),
    "ViT": _PICTURES(_IMAGES | {"intermediate_size": 40}),
    "Dinov2": _PICTURES(_IMAGES),
    "Swin": _PICTURES(
        {
            "image_size": 32,
            "patch_size": 2,
            "embed_dim": 12,
            "depths": [2, 2],
            "num_heads": [2, 4],
            "window_size": 4,
            **_LABELS,
        }
    ),
    "ConvNext": _PICTURES(_STAGES),
    "ResNet": _PICTURES(_STAGES | {"embedding_size": 8}),
    "Segformer": _PICTURES(
        _LABELS
        | {"hidden_sizes": [8, 8, 16, 16], "depths": [1] * 4, "num_attention_heads": [1, 1, 2, 2]}
    ),
}


@dataclass(frozen=True)
class Architecture:
    """A named architecture.

    Attributes:
        library: that it is from.
        name: its name there.
        make: makes a model with random weights, and a batch of inputs for it.
    """

    library: str
    name: str
    make: Callable[[], tuple[nn.Module, Tensor]]


def all_architectures() -> Iterator[Architecture]:
    """Yield those of timm and of transformers."""
    for name in TIMM:
        yield Architecture("timm", name, partial(_timm, name))
    for name in TRANSFORMERS:
        yield Architecture("transformers", name, partial(_transformers, name))


def _timm(name: str) -> tuple[nn.Module, Tensor]:
    _allow_torchvision_without_operators()
    import timm  # noqa: PLC0415

    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False, num_classes=CLASSES)
    return model, torch.randn(2 * CLASSES, *model.default_cfg["input_size"])


def _transformers(name: str) -> tuple[nn.Module, Tensor]:
    _allow_torchvision_without_operators()
    import transformers  # noqa: PLC0415

    torch.manual_seed(0)
    recipe = TRANSFORMERS[name]
    config = getattr(transformers, f"{name}Config")(**recipe.options)
    model = getattr(transformers, name + recipe.head)(config)
    if recipe.inputs == "images":
        return model, torch.randn(2 * CLASSES, 3, 32, 32)
    return model, torch.randint(3, VOCABULARY, (2 * CLASSES, TOKENS))


def _allow_torchvision_without_operators() -> None:
    """Declare two operators whose absence keeps torchvision from being imported.

    The torch of the processor-only index lacks the libraries that torchvision's operators need.
    """
    try:
        import torchvision  # noqa: F401, PLC0415
    except ImportError:
        return
    except RuntimeError:
        library = torch.library.Library("torchvision", "FRAGMENT")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)


_KEPT: list[Any] = []
