"""Match token masks to layers: those of the module whose tokens they mask."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

KEPT = ("attention_mask", "decoder_attention_mask")
"""Parameters that are 1 or True where a token counts."""

PADDED = ("src_key_padding_mask", "tgt_key_padding_mask")
"""Parameters that are True, or minus infinity, where a token is padding."""

MEMORY = ("encoder_hidden_states", "memory")
"""Parameters of decoders: they have tokens of their own and are given those of an encoder."""

SECOND = ("decoder_input_ids", "decoder_inputs_embeds", "decoder_attention_mask", "tgt")
"""Parameters of models that have an encoder and a decoder."""

COMPANIONS = ("mask", "type", "segment", "position", "label", "target", "weight", "length")
"""In names of parameters that say something of the tokens, and are not other tokens."""


@dataclass(frozen=True)
class Scope:
    """The mask that applies inside a module.

    Attributes:
        mask: bool `[inputs, tokens]`; None where all tokens count.
        decoder: the module has tokens of its own, which are not the model's first input.
        open: the model has several inputs with tokens: which ones a layer has is to be shown.
    """

    mask: Tensor | None = None
    decoder: bool = False
    open: bool = False


class Masks:
    """Follows masks into the modules that they are given to.

    Args:
        model: an unwrapped model.
    """

    def __init__(self, model: nn.Module) -> None:
        self.modules: dict[nn.Module, tuple[str, ...]] = {}
        for module in model.modules():
            names = _parameters(module)
            if module is not model and {*KEPT, *PADDED, *MEMORY} & set(names):
                self.modules[module] = names
        self._names = _parameters(model)
        self._scopes: list[Scope] = [Scope()]

    @property
    def scope(self) -> Scope:
        """The scope of the module that runs."""
        return self._scopes[-1]

    def begin(self, given: Tensor | None) -> None:
        """Start a forward pass.

        Args:
            given: by the user, bool `[inputs, tokens]`, of the model's first input.
        """
        self._given = None if given is None else given.detach().bool()
        self._scopes = [Scope(self._given)]

    def enter_model(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], entry: Any) -> None:
        """Learn from what the model is called with; `entry` is the first of it."""
        values = _values(self._names, args, kwargs)
        mask = self._given if self._given is not None else _mask(values, KEPT[:1], PADDED[:1])
        if mask is not None:
            mine = values.get(MEMORY[0]) is not None
            several = not mine and _several(self._names, values, entry, mask)
            self._scopes = [Scope(mask, mine, several)]

    def enter(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], *, first: bool
    ) -> None:
        """Learn from what a module of `modules` is called with.

        Args:
            module: it is about to run.
            args: its positional arguments.
            kwargs: its keywords.
            first: whether the model's first input is among them.
        """
        values = _values(self.modules[module], args, kwargs)
        outer = self.scope
        decoder = any(values.get(name) is not None for name in MEMORY)
        kept = KEPT[:1] if "tgt_key_padding_mask" not in values else ()
        mask = _mask(values, kept, PADDED[1:] if decoder else PADDED[:1])
        if mask is not None:
            scope = Scope(mask, decoder or outer.decoder)
        elif decoder and not outer.decoder:
            scope = Scope(None, decoder=True)
        elif outer.open and first:
            scope = Scope(self._scopes[0].mask)
        else:
            scope = outer
        self._scopes.append(scope)

    def leave(self) -> None:
        """Leave a module that has run."""
        if len(self._scopes) > 1:
            self._scopes.pop()


def _parameters(module: nn.Module) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(module.forward).parameters)
    except (TypeError, ValueError):
        return ()


def _values(
    names: tuple[str, ...], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    return dict(zip(names, args, strict=False)) | dict(kwargs)


def _mask(
    values: Mapping[str, Any], kept: tuple[str, ...], padded: tuple[str, ...]
) -> Tensor | None:
    """Return the first of some parameters that is a mask of tokens, True where one counts."""
    for names, inverted in ((kept, False), (padded, True)):
        for name in names:
            mask = values.get(name)
            if not isinstance(mask, Tensor) or mask.ndim != 2:
                continue
            if inverted or (mask.is_floating_point() and bool((mask < 0).any())):
                return mask == 0 if mask.is_floating_point() else ~mask.bool()
            return mask.bool()
    return None


def _several(names: tuple[str, ...], values: Mapping[str, Any], entry: Any, mask: Tensor) -> bool:
    """Return whether a model has other tokens of the same number."""
    if set(SECOND) & set(names) and all(values.get(name) is None for name in SECOND):
        return True
    for name, value in values.items():
        other = isinstance(value, Tensor) and value is not entry and value.ndim > 1
        if other and not is_companion(name) and set(value.shape[:2]) == set(mask.shape):
            return True
    return False


def is_companion(name: str) -> bool:
    """Return whether a parameter of this name describes tokens rather than being other tokens."""
    return any(word in name for word in COMPANIONS)
