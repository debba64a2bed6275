"""What a probe sees of a training loop that a learner wrote, whatever its style.

A loop may sample its batches or load them, keep its model in one class or in many, step by an optimizer or by hand.
But it goes back from a loss, and the loss's graph says what it was made of: which ids were looked up, which targets
they were held against, which weights had a part. So all of it is read where `backward` is called.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import torch
from torch.optim.optimizer import Optimizer, register_optimizer_step_post_hook
from torch.overrides import TorchFunctionMode

PAUSE = 0.1  # seconds between two reports of progress
VIEWS = ("View", "Reshape", "UnsafeView", "Transpose", "Permute", "T", "Flatten", "Clone", "Slice", "Select")

_hear: Callable[[int, int, float], None] | None = None  # set in a learner's process: sends a report to the judge


def hear(listener: Callable[[int, int, float], None]) -> None:
    """From now on `report` calls the listener."""
    global _hear
    _hear = listener


def report(step: int, of: int, loss: float) -> None:
    """Tells who waits for the check how far a training has come; says nothing about whether it is right."""
    if _hear is not None:
        _hear(step, of, loss)


def by_chance(probe: Any) -> Any:
    """Marks a probe whose steps depend on random draws: they cannot be compared with the reference's one by one."""
    probe.by_chance = True
    return probe


class Progress(TorchFunctionMode):
    """While entered, reports each call of `backward` as a step of training, with its loss."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps, self.step, self.last = steps, 0, -math.inf

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.Tensor.backward:
            self.step += 1
            now = time.monotonic()
            if now - self.last > PAUSE or self.step == self.steps:
                self.last = now
                report(min(self.step, self.steps), self.steps, float(args[0].detach()))
        return func(*args, **(kwargs or {}))


class Watch(TorchFunctionMode):
    """While entered, sees a training loop: its batches, targets, weights and updates. Costs time; for a few steps.

    inputs: a list of id tensors, one for each look-up of ids that went into a loss, positions left out
    targets: the ids that losses were taken against, flat, where they show
    weights: the leaf tensors that losses depended on, with the values that each had first
    updates: how often weights were changed, seen from optimizers' steps, or from the weights themselves
    optimizers: the different optimizers that made a step
    """

    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[torch.Tensor] = []
        self.targets: list[torch.Tensor] = []
        self.weights: dict[torch.Tensor, torch.Tensor] = {}
        self.optimizers: list[Optimizer] = []
        self.losses = 0
        self.steps = 0
        self.piled_up = False  # gradients of one update were still there at the next
        self.softmax_first = False  # a loss took the logarithm of the softmax of a softmax
        self.dropouts: set[bool] = set()  # whether dropout was active, in the passes that went into a loss
        self._dropouts: set[bool] = set()
        self._before: dict[torch.Tensor, torch.Tensor] = {}
        self._stepped = False

    @property
    def updates(self) -> int:
        """How many updates there were: optimizers' steps, or changes of weights where no optimizer showed itself."""
        return self.steps if self.optimizers else self._changes + self._changed()

    _changes = 0

    def __enter__(self) -> Watch:
        self._hook = register_optimizer_step_post_hook(self._after_step)
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._hook.remove()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.nn.functional.dropout and torch.is_grad_enabled():
            self._dropouts.add(_training(args, kwargs or {}))
        if func is torch.Tensor.backward:
            self._look(args[0])
        return func(*args, **(kwargs or {}))

    def _after_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        self.steps += 1
        self._stepped = True
        if not any(optimizer is known for known in self.optimizers):
            self.optimizers.append(optimizer)

    def _changed(self) -> bool:
        return any(not torch.equal(weight, value) for weight, value in self._before.items())

    def _look(self, loss: torch.Tensor) -> None:
        self.losses += 1
        self.dropouts |= self._dropouts
        self._dropouts = set()
        leaves: list[torch.Tensor] = []
        for node in _graph(loss):
            if hasattr(node, "variable"):
                leaves.append(node.variable)
                continue
            self.inputs += [ids for ids in _looked_up(node) if not _positions(ids)]
            for name in ("_saved_target", "_saved_index"):
                if (ids := getattr(node, name, None)) is not None:
                    self.targets.append(ids.detach().clone())
            self.softmax_first |= node.name().startswith("LogSoftmax") and _below(node).startswith("Softmax")
        changed = self._changed()
        self._changes += changed
        gradients = [leaf.grad for leaf in leaves if leaf.grad is not None]
        if (changed or self._stepped) and any(bool((gradient != 0).any()) for gradient in gradients):
            self.piled_up = True
        self._stepped = False
        self._before = {leaf: leaf.detach().clone() for leaf in leaves}
        for leaf, value in self._before.items():
            self.weights.setdefault(leaf, value)


def _graph(loss: torch.Tensor) -> Iterator[Any]:
    """The nodes of a loss's graph, each once."""
    waiting, seen = [loss.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [other for other, _ in node.next_functions]
            yield node


def _looked_up(node: Any) -> list[torch.Tensor]:
    """The ids with which a node looked up rows of a table."""
    found: Any = None
    if node.name() in ("EmbeddingBackward0", "IndexBackward0", "IndexSelectBackward0"):
        with suppress(AttributeError, RuntimeError):
            found = node._saved_index if "Select" in node.name() else node._saved_indices
    several = found if isinstance(found, list | tuple) else [found]
    return [ids.detach().clone() for ids in several if isinstance(ids, torch.Tensor) and ids.dtype == torch.int64]


def _positions(ids: torch.Tensor) -> bool:
    """Whether ids are 0, 1, 2, …, in one row or in all."""
    return not ids.dim() or bool((ids == torch.arange(ids.shape[-1])).all())


def _below(node: Any) -> str:
    """The name of the first node under one that does more than change a shape."""
    while node.next_functions:
        node = node.next_functions[0][0]
        if node is None:
            break
        name: str = node.name()
        if not name.startswith(VIEWS):
            return name
    return ""


def _training(args: Any, kwargs: dict[str, Any]) -> bool:
    return bool(kwargs.get("training", args[2] if len(args) > 2 else True))
