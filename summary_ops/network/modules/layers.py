"""Choose the layers of a model to record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
INPUT = ".input"
"""Ends the name of a layer whose input is recorded, not its output."""

FLOOD = 64
"""Most layers that "auto" chooses."""

ACTIVATIONS = tuple(
    kind
    for name in nn.modules.activation.__all__
    if (kind := getattr(nn, name))
    not in (nn.MultiheadAttention, nn.Softmax, nn.LogSoftmax, nn.Softmax2d)
)
CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
CONVOLUTIONS = (nn.modules.conv._ConvNd,)  # noqa: SLF001
DENSE = (nn.Linear, nn.Bilinear, *CONVOLUTIONS)

SCRIPTED = (
    "TorchScript calls no hooks; put the module that it was made from in its place while recording"
)

Layers = str | type[nn.Module] | Sequence[str | type[nn.Module]]


HOLDERS = ("module", "ema_model")
"""What wrappers that average weights call the model that they hold."""


def unwrap(model: nn.Module) -> nn.Module:
    """Return the user's own module inside `DistributedDataParallel`, `torch.compile` and the like.

    Averages of weights (`AveragedModel`, timm's `ModelEmaV3`, ema-pytorch's `EMA`) are unwrapped
    too, so that their layers have the names of those of the model that is trained.

    Raises:
        ValueError: the model is a `DataParallel` over more than one device.
        TypeError: it is a TorchScript model.
    """
    while True:
        if isinstance(model, nn.DataParallel) and len(model.device_ids) > 1:
            raise ValueError(
                f"DataParallel over {len(model.device_ids)} devices runs hooks in several threads "
                "on copies of the model; use DistributedDataParallel, or record model.module"
            )
        if isinstance(model, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            model = model.module
        elif isinstance(model, torch.jit.ScriptModule):
            raise TypeError(
                "a TorchScript model calls no hooks that could see its layers; record the model "
                "that it was made from"
            )
        elif isinstance(inner := getattr(model, "_orig_mod", None), nn.Module):
            model = inner
        elif (held := _averaged(model)) is not None:
            model = held
        else:
            return model


def _averaged(model: nn.Module) -> nn.Module | None:
    """Return the average in a wrapper whose only weights are those of models it holds."""
    if not isinstance(model, AveragedModel) and "ema" not in type(model).__name__.casefold():
        return None
    return next((part for name, part in model.named_children() if name in HOLDERS), None)


def is_compiled(model: nn.Module) -> bool:
    """Return whether calling the model runs compiled code, which ignores hooks added later."""
    return any(
        getattr(module, "_compiled_call_impl", None) is not None
        or isinstance(getattr(module, "_orig_mod", None), nn.Module)
        for module in model.modules()
    )


@contextmanager
def uncompiled(model: nn.Module) -> Iterator[None]:
    """Run a model's compiled parts as plain code for a while (with torch 2.6 or newer)."""
    if not (is_compiled(model) and hasattr(torch.compiler, "set_stance")):
        yield
        return
    with torch.compiler.set_stance("force_eager"):
        yield


def clean_name(name: str) -> str:
    """Remove the prefixes that wrappers put into a module's qualified name."""
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def named_layers(model: nn.Module) -> dict[str, nn.Module]:
    """Return all modules that can be recorded, by clean name, in order of definition."""
    found: dict[str, nn.Module] = {}
    for name, module in model.named_modules():
        if name and not isinstance(module, (nn.ModuleList, nn.ModuleDict)) and _hooks(module):
            found.setdefault(clean_name(name), module)
    return found


def _hooks(module: nn.Module) -> bool:
    """Return whether a module's hooks are called, as in TorchScript only a traced root's."""
    scripted = isinstance(module, torch.jit.ScriptModule)
    return not scripted or isinstance(module, torch.jit.TopLevelTracedModule)  # type: ignore[attr-defined]


def wants_auto(layers: Layers) -> bool:
    """Return whether `"auto"` is among the requested layers."""
    return "auto" in _wanted(layers)


def _wanted(layers: Layers) -> list[str | type[nn.Module]]:
    return [layers] if isinstance(layers, (str, type)) else list(layers)


def choose(
    model: nn.Module, layers: Layers = "auto", found: Sequence[str] | None = None
) -> dict[str, nn.Module]:
    """Choose the modules to record, by name, in order of definition.

    Args:
        model: an unwrapped model.
        layers: `"auto"`; or names, globs (`"features.*"`) and module types, mixed as one likes.
            A name may end in `[1]` or `.attribute` to choose one of several outputs
            (`"lstm[1]"`, `"encoder.last_hidden_state"`), in `.input` for what the module is
            given, or in the name of an activation function that is called right after the module
            (`"conv1.relu"`).
        found: what `"auto"` stands for; by default what the structure of the model suggests.

    Raises:
        ValueError: a name, glob or type matches nothing, or the model has no layers.
    """
    modules = named_layers(model)
    if not modules:
        return {"model": model}
    chosen: set[str] = set()
    existing = {clean_name(name) for name, _ in model.named_modules()}
    for want in _wanted(layers):
        if want == "auto":
            chosen.update(auto(model) if found is None else found)
            continue
        if want in existing and want not in modules:
            raise ValueError(f"layer {want}: {SCRIPTED}")
        matches = _matches(modules, want)
        if not matches:
            raise ValueError(_unknown(want, modules))
        chosen.update(matches)
    order = {name: index for index, name in enumerate(modules)}
    return {
        name: modules[split_output(name, modules)[0]]
        for name in sorted(chosen, key=lambda n: (order[split_output(n, modules)[0]], n))
    }


def among(
    recorded: Iterable[str], wanted: str | Sequence[str] | None, of: str = "that are recorded"
) -> list[str]:
    """Select the recorded layers that names or globs match; by default all.

    Args:
        recorded: their names.
        wanted: one name or glob, or several.
        of: which layers these are, for the message.

    Raises:
        ValueError: a name or glob means none of them.
    """
    names = list(recorded)
    if wanted is None:
        return names
    chosen: set[str] = set()
    for want in [wanted] if isinstance(wanted, str) else wanted:
        matches = [want] if want in names else [n for n in names if fnmatchcase(n, want)]
        if not matches:
            known = ", ".join(names) or "none"
            raise ValueError(f"no layer {want!r} among those {of}: {known}")
        chosen.update(matches)
    return [name for name in names if name in chosen]


def _matches(modules: dict[str, nn.Module], want: str | type[nn.Module]) -> list[str]:
    if isinstance(want, type):
        return [name for name, module in modules.items() if isinstance(module, want)]
    if want in modules:
        return [want]
    if any(character in want for character in "*?"):
        return [name for name in modules if fnmatchcase(name, want)]
    return [want] if split_output(want, modules)[0] in modules else []


def split_output(name: str, modules: dict[str, nn.Module]) -> tuple[str, str]:
    """`("lstm", "[1]")` of `"lstm[1]"`; the second part is empty for a plain name."""
    if name in modules:
        return name, ""
    base, bracket, index = name.partition("[")
    if bracket and base in modules:
        return base, bracket + index
    base, _, attribute = name.rpartition(".")
    return (base, "." + attribute) if base in modules else (name, "")


def _unknown(want: str | type[nn.Module], modules: dict[str, nn.Module]) -> str:
    if isinstance(want, type):
        kinds = sorted({type(module).__name__ for module in modules.values()})
        return f"no layer of type {want.__name__}; this model has: {', '.join(kinds)}"
    names = list(modules)
    shown = ", ".join(names[:40]) + (f", … ({len(names)} in all)" if len(names) > 40 else "")
    return f"no layer named {want}; this model has: {shown}"


def auto(model: nn.Module) -> list[str]:
    """Choose by the structure of modules, at most a bounded number.

    Outputs of repeated blocks (residual, inception, transformer), hidden units of the blocks'
    MLPs where there is attention, activations after non-linearities outside blocks (or, in a
    model whose non-linearities are functions, outputs of its convolutions and dense layers),
    and the last dense layer, the logits, with the other heads. At most 64, evenly thinned.
    """
    modules = named_layers(model)
    blocks = _blocks(modules)
    chosen: set[str] = set(blocks)
    for block in blocks:
        chosen.update(_mlp_hidden(block, modules))
    outside = {
        name: module
        for name, module in modules.items()
        if not any(name == block or name.startswith(block + ".") for block in blocks)
    }
    leaves = {name: module for name, module in outside.items() if not any(module.children())}
    functional = not any(isinstance(module, ACTIVATIONS) for module in leaves.values())
    kinds = DENSE if functional else ACTIVATIONS
    chosen.update(name for name, module in leaves.items() if isinstance(module, kinds))
    chosen.update(
        name for name, module in outside.items() if isinstance(module, nn.modules.rnn.RNNBase)
    )
    chosen.update(_heads(leaves))
    ordered = [name for name in modules if name in chosen] or list(modules)[-1:]
    if len(ordered) <= FLOOD:
        return ordered
    indices = torch.linspace(0, len(ordered) - 1, FLOOD).round().long().tolist()
    return [ordered[index] for index in indices]


def _heads(leaves: dict[str, nn.Module]) -> list[str]:
    """Return the last dense layer and its siblings: as many inputs, and no non-linearity after."""
    layers = [item for item in leaves.items() if isinstance(item[1], (*DENSE, *ACTIVATIONS))]
    dense = [index for index, (_, module) in enumerate(layers) if isinstance(module, DENSE)]
    if not dense:
        return []
    last = dense[-1]
    inputs = getattr(layers[last][1], "in_features", None)
    beside = [
        index
        for index in dense[:-1]
        if inputs is not None
        and getattr(layers[index][1], "in_features", None) == inputs
        and not isinstance(layers[index + 1][1], ACTIVATIONS)
    ]
    return [layers[index][0] for index in (*beside, last)]


def _blocks(modules: dict[str, nn.Module]) -> list[str]:
    """Outermost modules whose class occurs several times and that are no mere stages of others."""
    composite = {
        name: module
        for name, module in modules.items()
        if any(module.children())
        and not isinstance(module, (*CONTAINERS, nn.MultiheadAttention))
        and any(True for _ in module.parameters())
    }
    counts: dict[type, int] = {}
    for module in composite.values():
        counts[type(module)] = counts.get(type(module), 0) + 1
    found: list[str] = []
    for name, module in composite.items():
        repeated = counts[type(module)] > 1 and not _is_stage(module, counts)
        if repeated and not any(name.startswith(block + ".") for block in found):
            found.append(name)
    return found


def _is_stage(module: nn.Module, counts: dict[type, int]) -> bool:
    """Return whether a module mainly holds a list of repeated blocks."""
    for child in module.children():
        if isinstance(child, CONTAINERS):
            kinds = [type(item) for item in child.children()]
            if any(kinds.count(kind) > 1 and counts.get(kind, 0) > 1 for kind in kinds):
                return True
    return False


def _mlp_hidden(block: str, modules: dict[str, nn.Module]) -> list[str]:
    """Hidden units of a transformer block's MLP: after its non-linearity, else before it."""
    inside = {name: m for name, m in modules.items() if name.startswith(block + ".")}
    attention = any("attention" in type(module).__name__.lower() for module in inside.values())
    if not attention:
        return []
    after = [name for name, module in inside.items() if isinstance(module, ACTIVATIONS)]
    wider = [
        name
        for name, module in inside.items()
        if isinstance(module, nn.Linear) and module.out_features > module.in_features
    ]
    return (after or wider)[:1]
