"""Ends a process in which the solution reaches for frames, the garbage collector or code objects.

Python raises an audit event for every way to get a first frame, whatever name the call uses (PEP 578). Libraries have
good reasons for such calls, so the hook judges by the caller: code outside libraries, a library function that returns
frames to such code, or a library that was given the function to call. A hook cannot be removed.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable
from typing import Any

from grader.messages import TAMPERING_EXIT_CODE

# {event: the names by which a caller of its own accord refers to the function}
EVENTS = {
    "sys._getframe": ("_getframe",), "sys._getframemodulename": ("_getframemodulename",),
    "sys._current_frames": ("_current_frames",), "sys._current_exceptions": ("_current_exceptions",),
    "gc.get_objects": ("get_objects",), "gc.get_referrers": ("get_referrers",), "gc.get_referents": ("get_referents",),
    "sys.settrace": ("settrace",), "sys.setprofile": ("setprofile",), "exec": ("exec", "eval"),
    "compile": ("compile", "exec", "eval"), "sys.addaudithook": ("addaudithook",),
}  # fmt: skip
ATTRIBUTES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame", "f_code", "__code__", "__closure__", "__globals__")
CHANGES = ("object.__setattr__", "object.__delattr__", "code.__new__", "function.__new__")  # libraries do these too
HARMLESS = ("__name__", "__qualname__", "__doc__", "__module__")
FRAME_FUNCTIONS = {
    "inspect": ("currentframe", "stack", "trace", "getouterframes", "getinnerframes"), "logging": ("currentframe",),
    "traceback": ("walk_tb", "walk_stack"), "bdb": (), "pdb": (), "cgitb": (), "sys": (),
}  # fmt: skip

DEBUGGERS = ("bdb", "pdb")
TRACING = ("sys.settrace", "sys.setprofile")
PROFILERS = ("cProfile", "profile", "trace")

# code outside these files is the solution, or was created by it
FOLDERS = [path for path in (*sys.path, os.path.dirname(os.__file__), os.path.abspath(f"{__file__}/../../..")) if path]
LIBRARIES = tuple({folder + os.sep for path in FOLDERS for folder in (path, os.path.realpath(path))})
OURS = ("<frozen ", "<probes>", "<parts ")


class NotInteractive(Exception):
    """The solution starts a debugger or a profiler. The text is the call, such as "pdb.set_trace()"."""


def refuse_breakpoint(*arguments: Any, **options: Any) -> None:
    """Stands in for sys.breakpointhook."""
    raise NotInteractive("breakpoint()")


def install(*exempt: types.CodeType) -> None:
    """Installs the hook. It ignores `exempt`, code of ours that raises thousands of these events in a check."""
    frame_of: Callable[[int], types.FrameType] = sys._getframe
    leave = os._exit
    events = frozenset((*EVENTS, *CHANGES, "object.__getattr__"))
    busy = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal busy
        if busy or event not in events or (event == "object.__getattr__" and arguments[1] not in ATTRIBUTES):
            return
        if event in CHANGES[:2] and arguments[1] in HARMLESS:
            return
        busy = True
        try:
            caller = frame_of(1)
            if caller.f_code in exempt:
                return
            is_tampering = _is_tampering(event, arguments, caller)
            if (is_tampering or event in TRACING) and (name := _debugger_call(caller)):
                raise NotInteractive(name)  # which prevents the call as well
            if is_tampering:
                leave(TAMPERING_EXIT_CODE)
        finally:
            busy = False

    sys.addaudithook(hook)


def _is_foreign(code: types.CodeType) -> bool:
    """Returns whether code belongs to the solution."""
    return not code.co_filename.startswith(LIBRARIES) and not code.co_filename.startswith(OURS)


def _is_tampering(event: str, arguments: tuple[Any, ...], caller: types.FrameType) -> bool:
    if _is_foreign(caller.f_code):
        return True
    if event in CHANGES:
        return event == CHANGES[0] and arguments[1] == "__code__" and _is_called_by_solution(caller)
    return _passes_on(event, arguments, caller) and _is_called_by_solution(caller)


def _debugger_call(frame: types.FrameType) -> str:
    """Returns the call by which the solution starts a debugger or a profiler of the standard library, or ""."""
    module = str(frame.f_globals.get("__name__"))
    if _is_foreign(frame.f_code) or module not in (*DEBUGGERS, *PROFILERS):
        return ""
    outer: types.FrameType | None = frame.f_back
    while outer is not None and not _is_foreign(outer.f_code):
        frame, outer = outer, outer.f_back
    if outer is None:
        return ""
    module, function = str(frame.f_globals.get("__name__")), frame.f_code.co_name
    return f"{module}.{function}()" if not function.startswith("__") else module


def _passes_on(event: str, arguments: tuple[Any, ...], caller: types.FrameType) -> bool:
    """Returns whether a library's code returns frames to its caller, or calls a function that it was given."""
    code = caller.f_code
    module = str(caller.f_globals.get("__name__")).partition(".")[0]
    if module in FRAME_FUNCTIONS and (not FRAME_FUNCTIONS[module] or code.co_name in FRAME_FUNCTIONS[module]):
        outer = caller.f_back
        if outer is None or _is_foreign(outer.f_code):
            return True
        # traceback.print_exc keeps the frames to itself, and pandas looks up the names of a query
        return outer.f_globals.get("__name__") != module and code.co_name not in outer.f_code.co_names
    names = (str(arguments[1]),) if event == "object.__getattr__" else EVENTS[event]
    return not any(name in code.co_names for name in names)


def _is_called_by_solution(frame: types.FrameType | None) -> bool:
    """Returns whether the solution called this code, other than by importing a library."""
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        if _is_foreign(frame.f_code):
            return True
        frame = frame.f_back
    return False
