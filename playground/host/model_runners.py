"""Runs models made of the learner's parts, with the interface of `CachedModel`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from playground.host.cached_model import CachedModel, common_prefix
from playground.host.own_code import OwnCode, PartError
from playground.host.part_checks import checked_logits


class Runner(Protocol):
    """Computes the logits (V,) for the token after ids. `check` is called before every forward pass."""

    @property
    def model(self) -> Any: ...
    def logits(self, ids: list[int], check: Callable[[], None]) -> Tensor: ...


@dataclass(frozen=True)
class BuiltModel:
    """A model of parts. `runner` computes logits token by token; `full` returns a model that maps ids (1, T) to logits
    (1, T, V) and calls its layers, so that hooks see them. `used` are the parts in it, of those in `inside`."""

    runner: Runner
    full: Callable[[], nn.Module]
    n_layers: int
    blocks: str
    inside: tuple[str, ...]
    used: set[str]


@dataclass(frozen=True)
class ContextLength:
    context_length: int


class PlainModel(nn.Module):
    """A learner's model as the host calls models; errors name the part whose code they come from."""

    def __init__(
        self, inner: Callable[..., Any], context_length: int, vocab_size: int, code: OwnCode, part: str
    ) -> None:
        super().__init__()
        self.inner, self.code, self.part, self.vocab_size = inner, code, part, vocab_size
        self.cfg = ContextLength(context_length)

    def forward(self, ids: Tensor, **options: Any) -> Tensor:
        """Token ids (1, T) -> logits (1, T, V). Raises PartError, and ValueError beyond the context length."""
        if ids.shape[1] > self.cfg.context_length:
            raise ValueError(f"{ids.shape[1]} tokens exceed the context length of {self.cfg.context_length}")
        try:
            logits = self.inner(ids, **options)
        except PartError:
            raise
        except (Exception, SystemExit) as error:
            raise self.code.blame(error, self.part) from error
        return checked_logits(logits, (1, ids.shape[1], self.vocab_size), self.part, self.code)


class UncachedModel:
    """Processes the whole text for each token, as a model without a cache does."""

    def __init__(self, model: PlainModel) -> None:
        self.model = model

    def logits(self, ids: list[int], check: Callable[[], None]) -> Tensor:
        """Returns logits (V,) for the token after ids. Raises PartError, and ValueError if ids are empty."""
        if not ids:
            raise ValueError("a model needs at least one token to continue")
        check()
        return self.model(torch.tensor([ids]))[0, -1]


class OwnRunner:
    """Runs a model that has parts of the learner; errors name the part whose code they come from, else `part`."""

    def __init__(self, runner: Runner, code: OwnCode, part: str) -> None:
        self.runner, self.code, self.part = runner, code, part

    @property
    def model(self) -> Any:
        return self.runner.model

    def logits(self, ids: list[int], check: Callable[[], None]) -> Tensor:
        """Returns logits (V,) for the token after ids. Raises PartError."""
        try:
            logits = self.runner.logits(ids, check)
        except PartError:
            raise
        except (Exception, SystemExit) as error:
            raise self.code.blame(error, self.part) from error
        return checked_logits(logits, tuple(logits.shape), self.part, self.code)


class UncachedLlama:
    """Processes the whole text for each token, with a cache that is emptied before."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.cache = CachedModel(model).cache

    def logits(self, ids: list[int], check: Callable[[], None]) -> Tensor:
        """Returns logits (V,) for the token after ids. Raises ValueError if ids are empty."""
        if not ids:
            raise ValueError("a model needs at least one token to continue")
        check()
        self.cache.length = 0
        logits: Tensor = self.model(torch.tensor([ids]), self.cache, last_only=True)[0, -1]
        return logits


class OwnCacheModel:
    """Processes only new tokens with the cache of the learner's own model: use_cache=True and reset_kv_cache()."""

    def __init__(self, model: PlainModel) -> None:
        self.model = model
        self.ids: list[int] = []  # the tokens in the learner's cache

    def logits(self, ids: list[int], check: Callable[[], None]) -> Tensor:
        """Returns logits (V,) for the token after ids. Raises PartError, and ValueError if ids are empty."""
        if not ids:
            raise ValueError("a model needs at least one token to continue")
        check()
        known = len(self.ids)
        if known == 0 or known >= len(ids) or common_prefix(self.ids, ids) < known:
            _reset(self.model)
            known = 0
        self.ids = []  # in case that the call fails
        logits = self.model(torch.tensor([ids[known:]]), use_cache=True)[0, -1]
        self.ids = list(ids)
        return logits


def _reset(model: PlainModel) -> None:
    reset = getattr(model.inner, "reset_kv_cache", None)
    if not callable(reset):
        raise PartError(model.part, f"Your {type(model.inner).__name__} has no method reset_kv_cache.")
    try:
        reset()
    except (Exception, SystemExit) as error:
        raise model.code.blame(error, model.part) from error
