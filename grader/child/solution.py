"""Loads a learner's file as Python does, in the learner's process, and reports its errors as data."""

from __future__ import annotations

import builtins
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
from grader.child.audit_hook import NotInteractive
from grader.source.text import lines_of, text_of

MODULE = "solution"


def load(source: bytes, filename: str) -> types.ModuleType:
    """Executes the file as a module named "solution", with BOM, CRLF and coding lines as in Python. The module is in
    sys.modules before it runs, as dataclasses look it up there. Raises the file's own exceptions."""
    code = compile(source, filename, "exec", dont_inherit=True)
    module = types.ModuleType(MODULE)
    module.__file__ = filename
    text = text_of(source)
    linecache.cache[filename] = (len(text), None, [f"{line}\n" for line in lines_of(text)], filename)
    sys.modules[MODULE] = module
    exec(code, module.__dict__)
    return module


def describe_missing(module: types.ModuleType, symbols: list[str]) -> str | None:
    """Returns a message for the first symbol that the file does not define, or that is not callable."""
    for symbol in symbols:
        if symbol not in vars(module):
            names = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == MODULE]
            similar = difflib.get_close_matches(symbol, names, 1, 0.6)
            hint = f" Is `{similar[0]}` a misspelling of it?" if similar else ""
            return f"Your file does not define `{symbol}`; the checks need exactly this name.{hint}"
        if not callable(vars(module)[symbol]):
            kind = type(vars(module)[symbol]).__name__
            return f"In your file `{symbol}` is a value of type {kind}; it should be a class or function."
    return None


def signatures(module: types.ModuleType, symbols: list[str]) -> dict[str, str]:
    """Returns the signatures of the symbols and of their methods ("Tokenizer.train") as text."""
    texts = {}
    for symbol in symbols:
        value = vars(module).get(symbol)
        methods = vars(value).items() if inspect.isclass(value) else ()
        for name, call in [(symbol, value), *((f"{symbol}.{name}", method) for name, method in methods)]:
            if inspect.isclass(call) or inspect.isfunction(call):
                with contextlib.suppress(TypeError, ValueError):
                    texts[name] = _without_annotations(inspect.signature(call))
    return texts


def _without_annotations(signature: inspect.Signature) -> str:
    """Returns a signature such as "(ids, counts=None)"."""
    empty = inspect.Parameter.empty
    parameters = [parameter.replace(annotation=empty) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


def aliases(module: types.ModuleType, symbols: list[str]) -> dict[str, str]:
    """Returns the symbols that the file defines under a different name, by that name: {"GPT": "GPTModel"}."""
    names = ((getattr(vars(module).get(symbol), "__name__", symbol), symbol) for symbol in symbols)
    return {str(name): symbol for name, symbol in names if name != symbol}


def report(error: BaseException, filename: str) -> dict[str, Any]:
    """Returns an exception as data: its kind, its text, and the last line of the learner's file in its traceback.
    `outside` is true if there is no such line, as for a call with wrong arguments."""
    data: dict[str, Any] = {"kind": type(error).__name__, "text": _text(error), "line": None, "code": "",
                            "outside": True, "column": None}  # fmt: skip
    if isinstance(error, SyntaxError) and error.filename == filename:
        data |= {"line": error.lineno, "column": error.offset, "code": (error.text or "").rstrip(), "text": error.msg}
        data["syntax"] = True
        return data
    # traceback.extract_tb would read the files of all libraries in the traceback
    frames = list(traceback.walk_tb(error.__traceback__))
    learners = [(frame.f_code, line) for frame, line in frames if frame.f_code.co_filename == filename]
    if learners:
        code, line = learners[-1]
        text = linecache.getline(filename, line or 0).strip()
        data |= {"line": line, "code": text, "outside": False, "where": code.co_name}
    if isinstance(error, ModuleNotFoundError):
        data["module"] = error.name
    if isinstance(error.__context__, NotInteractive):  # a profiler fails once more when it prints its results
        data |= {"kind": "NotInteractive", "text": _text(error.__context__)}
    if isinstance(error, parts.NotOffered):
        data["kind"] = "NotOffered"
    if isinstance(error, AttributeError | NameError):
        frame = next((frame for frame, _ in reversed(frames) if frame.f_code.co_filename == filename), None)
        data["suggestion"] = _suggestion(error, frame)
        data["is_part"] = isinstance(error, NameError) and error.name in getattr(
            sys.modules.get("parts"), "__all__", ()
        )
    return data


def _suggestion(error: AttributeError | NameError, frame: types.FrameType | None) -> str:
    """Returns the name that is probably meant, as Python suggests it: "torch.exp" for `torch.epx`, or ""."""
    owner = getattr(error, "obj", None)
    if not error.name:
        return ""
    try:
        if isinstance(error, AttributeError):
            names = dir(owner)
        else:
            names = [*frame.f_locals, *frame.f_globals, *dir(builtins)] if frame is not None else []
        names = [name for name in names if name.startswith("_") <= error.name.startswith("_")]
        similar = difflib.get_close_matches(error.name, names, 1, 0.6)
    except Exception:  # of a learner's own __dir__
        return ""
    module = f"{owner.__name__}." if isinstance(owner, types.ModuleType) else ""
    return f"{module}{similar[0]}" if similar else ""


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # of a learner's own exception
        text = "(its __str__ fails)"
    text = re.sub(r"\n\s*Exception raised from.*", "", text, flags=re.S)
    return text if len(text) <= 2000 else text[:2000] + " …"
