"""Loads a learner's file as Python would, in the learner's own process, and words what goes wrong there."""

from __future__ import annotations

import contextlib
import difflib
import inspect
import linecache
import re
import sys
import traceback
import types
from typing import Any

from grader.child import parts
from grader.source.text import lines_of, text_of

MODULE = "solution"


def load(source: bytes, filename: str) -> types.ModuleType:
    """Executes the file as a module named "solution". BOM, CRLF and coding lines work as in Python; it is in
    sys.modules before it runs, since dataclasses look themselves up there. Raises whatever the file raises."""
    code = compile(source, filename, "exec", dont_inherit=True)
    module = types.ModuleType(MODULE)
    module.__file__ = filename
    text = text_of(source)
    linecache.cache[filename] = (len(text), None, [f"{line}\n" for line in lines_of(text)], filename)
    sys.modules[MODULE] = module
    exec(code, module.__dict__)
    return module


def describe_missing(module: types.ModuleType, symbols: list[str]) -> str | None:
    """A sentence for the first symbol that the file does not define, or defines as something uncallable."""
    for symbol in symbols:
        if symbol not in vars(module):
            own = [n for n, v in vars(module).items() if getattr(v, "__module__", None) == MODULE]
            near = difflib.get_close_matches(symbol, own, 1, 0.6)
            hint = f" It has `{near[0]}`: is that a slip of the pen?" if near else ""
            return f"Your file defines no `{symbol}`.{hint} The checks look for exactly that name."
        if not callable(vars(module)[symbol]):
            kind = type(vars(module)[symbol]).__name__
            return f"`{symbol}` is a {kind} in your file; it should be a class or function."
    return None


def signatures(module: types.ModuleType, symbols: list[str]) -> dict[str, str]:
    """What each symbol takes, and each method of it ("Tokenizer.train"), as text."""
    found = {}
    for symbol in symbols:
        made = vars(module).get(symbol)
        methods = vars(made).items() if inspect.isclass(made) else ()
        for name, call in [(symbol, made), *((f"{symbol}.{name}", call) for name, call in methods)]:
            if inspect.isclass(call) or inspect.isfunction(call):
                with contextlib.suppress(TypeError, ValueError):
                    found[name] = str(inspect.signature(call))
    return found


def report(error: BaseException, filename: str) -> dict[str, Any]:
    """An exception as data: kind, its words, and the last line of the learner's file that took part.
    `outside` is true when it was raised at the call, before any line of theirs ran."""
    found: dict[str, Any] = {"kind": type(error).__name__, "text": _words(error), "line": None, "code": "",
                             "outside": True, "column": None}  # fmt: skip
    if isinstance(error, SyntaxError) and error.filename == filename:
        found |= {"line": error.lineno, "column": error.offset, "code": (error.text or "").rstrip(), "text": error.msg}
        found["syntax"] = True
        return found
    # a traceback's own summary would read the files of all the libraries that took part
    steps = traceback.walk_tb(error.__traceback__)
    own = [(frame.f_code, line) for frame, line in steps if frame.f_code.co_filename == filename]
    if own:
        code, line = own[-1]
        text = linecache.getline(filename, line or 0).strip()
        found |= {"line": line, "code": text, "outside": False, "where": code.co_name}
    if isinstance(error, ModuleNotFoundError):
        found["module"] = error.name
    if isinstance(error, parts.NotOffered):
        found["kind"] = "NotOffered"
    return found


def _words(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # a learner's exception may have a broken __str__
        text = "(its text could not be read)"
    text = re.sub(r"\n\s*Exception raised from.*", "", text, flags=re.S)
    return text if len(text) <= 2000 else text[:2000] + " …"
