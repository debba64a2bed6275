"""Observes a training loop, whatever its style.

A loop may sample its batches or load them, use one class or many for its model, and update by an optimizer or by hand.
But every loop calls backward on a loss, and the loss's graph contains the ids that were looked up, the targets and
the weights. So everything is read when `backward` is called.
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

REPORT_INTERVAL = 0.1  # seconds between two reports of progress
VIEWS = ("View", "Reshape", "UnsafeView", "Transpose", "Permute", "T", "Flatten", "Clone", "Slice", "Select")

_listener: Callable[[int, int, float], None] | None = None


def set_progress_listener(listener: Callable[[int, int, float], None]) -> None:
    """Sets what `report_progress` calls: in a learner's process, it sends the report to the judge."""
    global _listener
    _listener = listener


def report_progress(step: int, steps: int, loss: float) -> None:
    """Reports the progress of a training for display; it does not affect the verdict."""
    if _listener is not None:
        _listener(step, steps, loss)


class TrainingProgress(TorchFunctionMode):
    """While entered, reports each call of `backward` as a training step, with its loss."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps, self.step, self.reported = steps, 0, -math.inf

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.Tensor.backward:
            self.step += 1
            now = time.monotonic()
            if now - self.reported > REPORT_INTERVAL or self.step == self.steps:
                self.reported = now
                report_progress(min(self.step, self.steps), self.steps, float(args[0].detach()))
        return func(*args, **(kwargs or {}))


class TrainingWatch(TorchFunctionMode):
    """While entered, records a training loop's batches, targets, weights and updates. It is slow: for a few steps.

    inputs: an id tensor for each embedding lookup that a loss depends on, without position ids
    targets: the target ids of the losses, flat, where the graph saves them
    weights: the leaf tensors that losses depend on, with their first values
    updates: the number of updates, by optimizers' steps or, without optimizers, by changes of the weights
    optimizers: the optimizers that made a step
    """

    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[torch.Tensor] = []
        self.targets: list[torch.Tensor] = []
        self.weights: dict[torch.Tensor, torch.Tensor] = {}
        self.optimizers: list[Optimizer] = []
        self.losses = 0
        self.steps = 0
        self.accumulated = False  # the gradients of one update were still there at the next
        self.softmax_twice = False  # a loss applied log_softmax to the result of a softmax
        self.dropouts: set[bool] = set()  # whether dropout was active, for the forward passes of the losses
        self._dropouts: set[bool] = set()
        self._before: dict[torch.Tensor, torch.Tensor] = {}
        self._changes = 0
        self._stepped = False

    @property
    def updates(self) -> int:
        """The number of updates."""
        return self.steps if self.optimizers else self._changes + self._changed()

    def __enter__(self) -> TrainingWatch:
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
            self._record(args[0])
        return func(*args, **(kwargs or {}))

    def _after_step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        self.steps += 1
        self._stepped = True
        if not any(optimizer is known for known in self.optimizers):
            self.optimizers.append(optimizer)

    def _changed(self) -> bool:
        return any(not torch.equal(weight, value) for weight, value in self._before.items())

    def _record(self, loss: torch.Tensor) -> None:
        self.losses += 1
        self.dropouts |= self._dropouts
        self._dropouts = set()
        leaves: list[torch.Tensor] = []
        for node in _graph(loss):
            if hasattr(node, "variable"):
                leaves.append(node.variable)
                continue
            self.inputs += [ids for ids in _lookup_ids(node) if not _are_positions(ids)]
            for name in ("_saved_target", "_saved_index"):
                if (ids := getattr(node, name, None)) is not None:
                    self.targets.append(ids.detach().clone())
            self.softmax_twice |= node.name().startswith("LogSoftmax") and _operation_below(node).startswith("Softmax")
        changed = self._changed()
        self._changes += changed
        gradients = [leaf.grad for leaf in leaves if leaf.grad is not None]
        if (changed or self._stepped) and any(bool((gradient != 0).any()) for gradient in gradients):
            self.accumulated = True
        self._stepped = False
        self._before = {leaf: leaf.detach().clone() for leaf in leaves}
        for leaf, value in self._before.items():
            self.weights.setdefault(leaf, value)


def _graph(loss: torch.Tensor) -> Iterator[Any]:
    """Yields each node of a loss's graph once."""
    waiting, seen = [loss.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [inner for inner, _ in node.next_functions]
            yield node


def _lookup_ids(node: Any) -> list[torch.Tensor]:
    """Returns the ids of a node that looks up rows of a table."""
    saved: Any = None
    if node.name() in ("EmbeddingBackward0", "IndexBackward0", "IndexSelectBackward0"):
        with suppress(AttributeError, RuntimeError):
            saved = node._saved_index if "Select" in node.name() else node._saved_indices
    tensors = saved if isinstance(saved, list | tuple) else [saved]
    return [ids.detach().clone() for ids in tensors if isinstance(ids, torch.Tensor) and ids.dtype == torch.int64]


def _are_positions(ids: torch.Tensor) -> bool:
    """Returns whether ids are 0, 1, 2, …, in one row or in all rows."""
    return not ids.dim() or bool((ids == torch.arange(ids.shape[-1])).all())


def _operation_below(node: Any) -> str:
    """Returns the name of the first node below that does more than change a shape."""
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
