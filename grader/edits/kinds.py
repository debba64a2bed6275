"""The kinds of values that a reference's names have while it runs: only names of one kind are taken for each other."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

from torch import nn

Kinds = dict[str, dict[str, str]]  # by function: by name: the name of a type; an attribute's name begins with "self."


def kinds_of(call: Callable[[], Any], filename: str) -> Kinds:
    """Runs a call and returns the kinds of the variables of all functions of a file that it enters."""
    kinds: Kinds = {}

    def on_return(frame: types.FrameType, event: str, arg: Any) -> Any:
        if event == "return":
            names = kinds.setdefault(frame.f_code.co_name, {})
            for name, value in frame.f_locals.items():
                names[name] = type(value).__name__
            names.update(_attributes(frame.f_locals.get("self")))
        return on_return

    def on_call(frame: types.FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename != filename:
            return None
        frame.f_trace_lines = False
        return on_return

    previous = sys.gettrace()
    sys.settrace(on_call)
    try:
        call()
    finally:
        sys.settrace(previous)
    return kinds


def _attributes(me: Any) -> dict[str, str]:
    if isinstance(me, nn.Module):
        values = vars(me) | me._modules | me._parameters | me._buffers
    else:
        values = getattr(me, "__dict__", {})
    return {f"self.{name}": type(value).__name__ for name, value in values.items() if not name.startswith("_")}
