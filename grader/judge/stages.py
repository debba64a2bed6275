"""Names the first step that goes wrong, in any coding style.

The learner's code runs under a dispatch mode that keeps every tensor it makes, and a watcher of lists, dicts and
texts; the reference runs under a tracer that keeps its local variables by name. A variable whose values were never
made is missing; tensors compare as multisets, so that layout does not matter. It is excused when a later variable
computed from it was made: that learner took another way to the same place.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from grader.child.tensor_recorder import multiset
from grader.child.value_recorder import KINDS, digest, is_changed

MAX_STAGES = 200


@dataclass
class Step:
    """One value of one local variable of the reference; `after` are the steps it was computed from."""

    name: str
    values: torch.Tensor | str  # a multiset, or the digest of a list, dict or text
    after: set[int] = field(default_factory=set)


class Tracer:
    """Records the reference's values by their variables' names while it runs. `spans` are the line ranges,
    in `filename`, of the symbols under test; parts they are built from are not looked into."""

    def __init__(self, filename: str, source: str, spans: list[tuple[int, int]]) -> None:
        self.filename = filename
        self.spans = spans
        self.steps: list[Step] = []
        self._loads = _loaded_names(source)

    def run(self, call: Callable[[], Any]) -> None:
        """Runs the call; what it raises is of no interest here."""
        old = sys.gettrace()
        sys.settrace(self._enter)
        try:
            call()
        except Exception:  # a probe may want the error
            return
        finally:
            sys.settrace(old)

    def _enter(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code.co_filename != self.filename or code.co_name == "__init__":
            return None
        if not any(first <= code.co_firstlineno <= last for first, last in self.spans):
            return None
        return _Frame(self, frame).trace


class _Frame:
    def __init__(self, tracer: Tracer, frame: types.FrameType) -> None:
        self.tracer = tracer
        self.sizes: dict[str, tuple[int, int]] = {}
        self.seen: dict[str, Any] = dict(self._values(frame, True))
        self.latest: dict[str, int] = {}
        self.line = 0
        self.began = len(tracer.steps)

    def trace(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        if event in ("line", "return"):
            self._look(frame, event == "return")
            self.line, self.began = frame.f_lineno, len(self.tracer.steps)
        return self.trace

    def _look(self, frame: types.FrameType, last: bool) -> None:
        steps = self.tracer.steps
        called = set(range(self.began, len(steps)))  # steps of functions that the line called
        for name, mark in self._values(frame, last):
            if self.seen.get(name) == mark or len(steps) >= MAX_STAGES:
                continue
            self.seen[name] = mark
            values = mark if isinstance(mark, str) else multiset(frame.f_locals[name])
            if values is None:
                continue
            loads = self.tracer._loads.get(self.line, set())
            after = {self.latest[used] for used in loads if used in self.latest} | called
            steps.append(Step(name, values, after))
            self.latest[name] = len(steps) - 1

    def _values(self, frame: types.FrameType, thoroughly: bool) -> list[tuple[str, Any]]:
        """Each local variable whose data may have changed, with a tensor's version or a digest."""
        found: list[tuple[str, Any]] = []
        for name, value in frame.f_locals.items():
            if isinstance(value, torch.Tensor):
                found.append((name, (id(value), value._version)))
            elif isinstance(value, KINDS) and (is_changed(self.sizes, name, value) or thoroughly):
                mark = digest(value)
                found += [(name, mark)] if mark else []
        return found


def _loaded_names(source: str) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Return | ast.For):
            part = node.iter if isinstance(node, ast.For) else node
            names = {n.id for n in ast.walk(part) if isinstance(n, ast.Name)}
            for line in range(node.lineno, (part.end_lineno or node.lineno) + 1):
                found.setdefault(line, set()).update(names)
    return found


def compare(steps: list[Step], made: list[torch.Tensor], seen: set[str]) -> tuple[list[tuple[str, bool]], str | None]:
    """([(variable, made or excused)], the first that is missing or None), in the reference's order."""
    by_size: dict[int, list[torch.Tensor]] = {}
    for values in made:
        by_size.setdefault(values.numel(), []).append(values)

    def was_made(values: torch.Tensor | str) -> bool:
        if isinstance(values, str):
            return values in seen
        return any(_same(values, other) for other in by_size.get(values.numel(), []))

    present = [was_made(step.values) for step in steps]
    excused = list(present)
    for index in range(len(steps) - 1, -1, -1):  # a later step that was made vouches for what it came from
        if excused[index]:
            for earlier in steps[index].after:
                excused[earlier] = True
    listed: dict[str, bool] = {}
    for step, fine in zip(steps, excused, strict=True):
        listed[step.name] = listed.get(step.name, True) and fine
    missing = next((step.name for step, fine in zip(steps, excused, strict=True) if not fine), None)
    return list(listed.items()), missing


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.allclose(one, other, rtol=1e-4, atol=1e-6, equal_nan=True)
