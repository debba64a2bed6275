"""Watches, in the learner's process, for code that takes hold of frames, the garbage collector or code objects.

Python tells an audit hook of every way to a first frame, under whatever name it is called (PEP 578). Libraries do so
rightly, so what counts is who asks: the learner's file itself, a library's function that hands frames out, or one
that was handed the means and does not name it. A hook cannot be removed; what it finds ends the process.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable
from typing import Any

from grader.sentences import REACHED

# {event: the names that code which does it rightly has for it}
EVENTS = {
    "sys._getframe": ("_getframe",), "sys._getframemodulename": ("_getframemodulename",),
    "sys._current_frames": ("_current_frames",), "sys._current_exceptions": ("_current_exceptions",),
    "gc.get_objects": ("get_objects",), "gc.get_referrers": ("get_referrers",), "gc.get_referents": ("get_referents",),
    "sys.settrace": ("settrace",), "sys.setprofile": ("setprofile",), "exec": ("exec", "eval"),
    "compile": ("compile",), "sys.addaudithook": ("addaudithook",),
}  # fmt: skip
ATTRIBUTES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame", "f_code", "__code__", "__closure__", "__globals__")
OWN = ("object.__setattr__", "object.__delattr__", "code.__new__", "function.__new__")  # counts from the file itself
HANDS_OUT = {
    "inspect": ("currentframe", "stack", "trace", "getouterframes", "getinnerframes"), "logging": ("currentframe",),
    "traceback": ("walk_tb", "walk_stack"), "bdb": (), "pdb": (), "cgitb": (), "sys": (),
}  # fmt: skip


def begin(filename: str) -> None:
    """From now on, code of this file that reaches for frames ends the process."""
    here = __file__
    frame_of: Callable[[int], types.FrameType] = sys._getframe
    leave = os._exit
    busy = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal busy
        if busy or (event not in EVENTS and event != "object.__getattr__" and event not in OWN):
            return
        if event == "object.__getattr__" and arguments[1] not in ATTRIBUTES:
            return
        busy = True
        try:
            if _reaches(event, arguments, frame_of(1), filename, here):
                leave(REACHED)
        finally:
            busy = False

    sys.addaudithook(hook)


def _reaches(event: str, arguments: tuple[Any, ...], caller: types.FrameType, filename: str, here: str) -> bool:
    code = caller.f_code
    if code.co_filename == filename:
        return True
    if event in OWN or code.co_filename == here or code.co_filename.startswith("<frozen"):
        return False
    if not _below(caller, filename):
        return False
    module = str(caller.f_globals.get("__name__")).partition(".")[0]
    if module in HANDS_OUT and (not HANDS_OUT[module] or code.co_name in HANDS_OUT[module]):
        asked = caller.f_back
        return asked is None or asked.f_globals.get("__name__") != module  # traceback.print_exc keeps them to itself
    named = (str(arguments[1]),) if event == "object.__getattr__" else EVENTS[event]
    return not any(name in code.co_names for name in named)  # it does so for whoever gave it the means


def _below(frame: types.FrameType | None, filename: str) -> bool:
    """Whether the learner's file is among those that called."""
    while frame is not None:
        if frame.f_code.co_filename == filename:
            return True
        frame = frame.f_back
    return False
