"""Watches, in the learner's process, for code that takes hold of frames, the garbage collector or code objects.

Python tells an audit hook of every way to a first frame, under whatever name it is called (PEP 578). Libraries do so
rightly, so what counts is who asks: code that is no library's, a library's function that hands frames out, or one
that was handed the means and does not name it. A hook cannot be removed; what it finds ends the process.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable
from typing import Any

from grader.messages import REACHED

# {event: the names that code which does it rightly has for it}
EVENTS = {
    "sys._getframe": ("_getframe",), "sys._getframemodulename": ("_getframemodulename",),
    "sys._current_frames": ("_current_frames",), "sys._current_exceptions": ("_current_exceptions",),
    "gc.get_objects": ("get_objects",), "gc.get_referrers": ("get_referrers",), "gc.get_referents": ("get_referents",),
    "sys.settrace": ("settrace",), "sys.setprofile": ("setprofile",), "exec": ("exec", "eval"),
    "compile": ("compile", "exec", "eval"), "sys.addaudithook": ("addaudithook",),
}  # fmt: skip
ATTRIBUTES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame", "f_code", "__code__", "__closure__", "__globals__")
OWN = ("object.__setattr__", "object.__delattr__", "code.__new__", "function.__new__")  # counts from the file itself
HARMLESS = ("__name__", "__qualname__", "__doc__", "__module__")
HANDS_OUT = {
    "inspect": ("currentframe", "stack", "trace", "getouterframes", "getinnerframes"), "logging": ("currentframe",),
    "traceback": ("walk_tb", "walk_stack"), "bdb": (), "pdb": (), "cgitb": (), "sys": (),
}  # fmt: skip


# files of libraries, which may do such things; anything else is the solution, or was made by it while running
LIBRARIES = tuple({os.path.realpath(path) + os.sep for path in [*sys.path, os.path.dirname(os.__file__)] if path} | {
    path + os.sep for path in [*sys.path, os.path.dirname(os.__file__)] if path})  # fmt: skip
OURS = ("<frozen ", "<probes>", "<parts ")


def begin(*ours: types.CodeType) -> None:
    """From now on, code that is no library's and reaches for frames ends the process. `ours` asks for them many
    thousand times a check, and is let pass at once."""
    frame_of: Callable[[int], types.FrameType] = sys._getframe
    leave = os._exit
    known = frozenset((*EVENTS, *OWN, "object.__getattr__"))
    busy = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal busy
        if busy or event not in known or (event == "object.__getattr__" and arguments[1] not in ATTRIBUTES):
            return
        if event in OWN[:2] and arguments[1] in HARMLESS:
            return
        busy = True
        try:
            caller = frame_of(1)
            if caller.f_code not in ours and _reaches(event, arguments, caller):
                leave(REACHED)
        finally:
            busy = False

    sys.addaudithook(hook)


def _foreign(code: types.CodeType) -> bool:
    return not code.co_filename.startswith(LIBRARIES) and not code.co_filename.startswith(OURS)


def _reaches(event: str, arguments: tuple[Any, ...], caller: types.FrameType) -> bool:
    code = caller.f_code
    if _foreign(code):
        return True
    return event not in OWN and _hands_on(event, arguments, caller) and _asked_for(caller)


def _hands_on(event: str, arguments: tuple[Any, ...], caller: types.FrameType) -> bool:
    """Whether a library's code reaches for what it does not name itself, or gives it to whoever called."""
    code = caller.f_code
    module = str(caller.f_globals.get("__name__")).partition(".")[0]
    if module in HANDS_OUT and (not HANDS_OUT[module] or code.co_name in HANDS_OUT[module]):
        asked = caller.f_back
        if asked is None or _foreign(asked.f_code):
            return True
        # traceback.print_exc keeps them to itself, and pandas looks for the names of a query
        return asked.f_globals.get("__name__") != module and code.co_name not in asked.f_code.co_names
    named = (str(arguments[1]),) if event == "object.__getattr__" else EVENTS[event]
    return not any(name in code.co_names for name in named)  # it does so for whoever gave it the means


def _asked_for(frame: types.FrameType | None) -> bool:
    """Whether foreign code called for it, other than by importing a library."""
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        if _foreign(frame.f_code):
            return True
        frame = frame.f_back
    return False
