"""Words what went wrong in a learner's process: one sentence, with what to do."""

from __future__ import annotations

import re
import signal
from typing import Any

from grader import common_errors

OUR_PACKAGES = ("reference", "exercises", "grader", "engine", "learner", "playground", "tui", "cowork")
OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "std::bad_alloc", "cannot allocate memory")
REFUSED_CALL = re.compile(r"missing \d+ required|takes .*argument|unexpected keyword|multiple values for argument")
PARAMETER = re.compile(r"[(,] ?(\w+)")  # of a signature as text
MISSING_METHODS = (
    (r"object of type '(\w+)' has no len\(\)", "__len__"),
    (r"'(\w+)' object is not subscriptable", "__getitem__"),
    (r"'(\w+)' object is not callable", "__call__"),
)
TAMPERING_EXIT_CODE = 79  # audit_hook ends the learner's process with it
TRACEBACK_SIGNAL = getattr(signal, "SIGUSR1", signal.SIGTERM)  # makes the learner's process print where it is
NO_SUPER_CALL = re.compile(r"before Module\.__init__\(\) call|no attribute '_(modules|parameters|buffers|\w*hooks)'")
# the line that defines a name that people use without importing it
IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "tiktoken": "import tiktoken",
    "Tensor": "from torch import Tensor",
    "Dataset": "from torch.utils.data import Dataset",
    "DataLoader": "from torch.utils.data import DataLoader",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
    "dataclass": "from dataclasses import dataclass",
} | {name: f"import {name}" for name in ("math", "re", "json", "random", "os", "sys", "time", "itertools", "functools")}

FORBIDDEN_CALL = "Line {line} calls `{name}`, which does the whole exercise in one call. Write it yourself."
REACHES_GRADER = (
    "Line {line} uses `{name}`, which reaches into the process that grades. No exercise needs it, and the answers are "
    "not there: remove it."
)
TAMPERING = (
    "Your code reaches into the process that grades it: for frames, code objects or the garbage collector. No exercise "
    "needs them, and the answers are not there: remove it."
)
RESULT_TOO_SLOW = (
    "Comparing your result takes too long, so the check was stopped. Is the result far larger than it should be?"
)
TOO_MUCH_OUTPUT = "Your code printed more than 16 MiB, so it was stopped. Remove the prints, or print less."
EMPTY_FILE = "This file is empty. `fromscratch reset {id}` brings the starting point back."
UTF_16 = (
    "This file is saved as UTF-16, which Python cannot read. Save it as UTF-8: most editors name the encoding in the "
    "status bar or in “Save as”."
)
BROKEN_CHANNEL = "Your code wrote into the channel that carries its results, so they cannot be read: {reason}."


def exception(
    report: dict[str, Any], actual: dict[str, str], expected: dict[str, str], aliases: dict[str, str] | None = None
) -> str:
    """The message for an exception. `actual` and `expected` map the symbols to their signatures, `aliases` the names
    under which the solution defines classes to their symbols."""
    kind, text = str(report.get("kind")), str(report.get("text")).strip()
    place = f"Line {report['line']}" if report.get("line") else "Your code"
    first = text.splitlines()[0] if text else ""
    if report.get("syntax"):
        column = f", column {report['column']}" if report.get("column") else ""
        return f"{place}{column}: this is not valid Python yet: {first}."
    if kind in ("Missing", "MissingName", "NotOffered", "ProbeProblem"):
        return text if kind != "NotOffered" or not report.get("line") else f"{place}: {text}"
    if kind == "SyntaxError" or (kind == "ValueError" and "null bytes" in text):
        return f"Python cannot read this file: {first}."
    if kind == "NotInteractive":
        is_profiler = text.startswith(("cProfile", "profile", "trace"))
        reason = "a check cannot be traced or profiled" if is_profiler else "nobody can type into a check"
        verb = "calls" if text.endswith(")") else "uses"
        return f"{place} {verb} `{text}`: {reason}. Remove it, or run the file yourself."
    if kind == "EOFError" and "reading a line" in text:
        return f"{place} calls `input()`: nobody can type into a check. Remove it, or run the file yourself."
    if kind == "AttributeError" and NO_SUPER_CALL.search(text):
        where = "your class" if report.get("outside") else f"{place[:1].lower()}{place[1:]}"
        return (
            f"`super().__init__()` is missing: {where} uses layers or parameters before it is called ({first}). "
            "Call it in the first line of `__init__`."
        )
    for pattern, method in MISSING_METHODS:
        if report.get("outside") and (owner := re.search(pattern, text)):
            if owner[1] == "NoneType":
                return "Your result cannot be used as the task describes: you return nothing. Is a `return` missing?"
            return f"Your `{owner[1]}` has no method `{method}`, which the task asks for. Is its name or indent wrong?"
    if missing := re.search(r'Module \[(\w+)\] is missing the required "forward" function', text):
        return (
            f"Your `{missing[1]}` has no method `forward`; it should compute the result. Is its name or indent wrong?"
        )
    if kind == "TypeError" and "_forward_unimplemented()" in text:
        return "Your class has no method `forward`; it should compute the result. Is its name or indent wrong?"
    if report.get("line") and (config := _wrong_key(kind, text, str(report.get("code")))):
        return f"{place} {config}"
    if kind == "ModuleNotFoundError" and str(report.get("module")).split(".")[0] in OUR_PACKAGES:
        name = "reference" if str(report.get("module")).startswith(("reference", "exercises")) else "grader"
        return f"{place}: the {name} cannot be imported during a check. Use your own code."
    if kind == "ModuleNotFoundError":
        return f"{place}: there is no module `{report.get('module')}`. Is the name right? Is it installed?"
    if kind == "ImportError":
        return f"{place}: the import fails: {first}."
    if is_unwritten(report):
        where = place.lower() if report.get("line") else "your code"
        return f"Not written yet: {where} still raises NotImplementedError."
    if kind == "MemoryError" or any(words in text for words in OUT_OF_MEMORY):
        return f"{place} asks for more memory than a check can use (about 4 GiB). Is a shape far too large?"
    if kind in ("SystemExit", "KeyboardInterrupt"):
        return f"{place} ends the program ({kind}). Return a value instead."
    if kind == "RecursionError":
        return f"{place}: the function calls itself too many times (RecursionError). Does the recursion end?"
    if kind == "TypeError" and report.get("outside"):
        return _wrong_call(first, actual, expected, aliases or {})
    if kind == "AttributeError" and report.get("outside"):
        return f"{first}. Use the names that the task gives."
    if report.get("outside"):
        return f"Your result cannot be used as the task describes: {kind}: {first}."
    if reason := common_errors.explanation(kind, text, str(report.get("code"))):
        return f"{place} raises {kind}: {first.removesuffix('.')}. The line {reason}"
    return f"{place} raises {kind}: {first or 'no message'}{_name_advice(report)}"


def _wrong_key(kind: str, text: str, code: str) -> str:
    """Returns what is wrong with how code reads an argument by key, or "": the settings cfg, a table df, an entry."""
    attribute = re.fullmatch(r"'dict' object has no attribute '(\w+)'", text)
    if kind == "AttributeError" and attribute and (name := re.search(rf"\b(c\w*f\w*)\.{attribute[1]}\b", code)):
        return f'reads `{name[0]}`, but `{name[1]}` is a dict: write `{name[1]}["{attribute[1]}"]`.'
    if kind == "KeyError" and (name := re.search(rf"\b(c\w*f\w*|df|entry)\[[\"']{re.escape(text[1:-1])}[\"']\]", code)):
        return f"reads `{name[0]}`, but `{name[1]}` has no such key: use the keys that the page names."
    return ""


def _name_advice(report: dict[str, Any]) -> str:
    """Returns a sentence on an undefined name: the import that is missing, or the name that is probably meant."""
    name = re.fullmatch(r"name '(\w+)' is not defined", str(report.get("text")))
    if report.get("kind") == "NameError" and name and name[1] in IMPORTS:
        return f". Add `{IMPORTS[name[1]]}` at the top of the file."
    if name and report.get("is_part"):
        return f". Add `from parts import {name[1]}` at the top of the file, or define it in the file."
    suggestion = report.get("suggestion")
    return f". Did you mean `{suggestion}`?" if suggestion else ""


def impersonal(message: str) -> str:
    """The same message for readers who did not write the code."""
    for old, new in (("you return nothing", "it returns nothing"), ("yours takes", "this one takes")):
        message = message.replace(old, new)
    return re.sub(r"\b([Yy])our\b", lambda match: "The" if match[1] == "Y" else "the", message)


def is_unwritten(report: dict[str, Any]) -> bool:
    """Whether the learner's own line raised NotImplementedError, which torch raises too, for other reasons."""
    return report.get("kind") == "NotImplementedError" and "raise" in str(report.get("code"))


def is_refused(report: dict[str, Any]) -> bool:
    """Whether a call failed because the function does not accept the arguments."""
    return bool(REFUSED_CALL.search(str(report.get("text"))))


def _wrong_call(text: str, actual: dict[str, str], expected: dict[str, str], aliases: dict[str, str]) -> str:
    name = text.split("(")[0].removesuffix(".__init__")
    owner, _, method = name.partition(".")
    if owner in aliases:
        name = aliases[owner] + (f".{method}" if method else "")
    if name in expected:
        return (
            f"`{name}` does not accept the arguments that the task passes: {text}. "
            f"It should take {expected[name]}; yours takes {actual.get(name, '?')}."
        )
    hint = " Is a `return` missing?" if "NoneType" in text else ""
    return f"Your result cannot be used as the task describes: {text}.{hint}"


def reordered(actual: dict[str, str], expected: dict[str, str]) -> str | None:
    """Returns what is wrong if a function takes its arguments in a different order than the task says, else None."""
    for name, signature in expected.items():
        names, own = PARAMETER.findall(signature), PARAMETER.findall(actual.get(name, ""))
        if names != own and sorted(names) == sorted(own):
            return f"`{name}` takes its arguments in the order {actual[name]}; it should take {signature}."
    return None


def process_exit(status: int, seconds: float) -> tuple[str, str]:
    """(outcome, message) for a learner's process that ended by itself; `status` is its exit code, or minus a signal."""
    if status == TAMPERING_EXIT_CODE:
        return "failed", TAMPERING
    if status >= 0:
        return "crashed", (
            f"Your code ended the Python process (exit code {status}) instead of returning a result. "
            "Remove calls such as os._exit, exit or quit."
        )
    if -status == signal.SIGXCPU:
        return timeout(seconds)
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    if -status == signal.SIGKILL:
        return "crashed", "Your code's process was killed, most likely because it used too much memory."
    if -status == signal.SIGXFSZ:
        return "crashed", "Your code wrote a file larger than the limit of 64 MiB."
    return "crashed", (
        f"Your code crashed the Python process in native code ({name}). "
        "Look for raw memory access, ctypes, or an index that native code does not check."
    )


def timeout(seconds: float, line: int | None = None, computed: float | None = None) -> tuple[str, str]:
    """(outcome, message) for code that runs out of time, the line that it was on, and the seconds of CPU time that it
    used, where they are known."""
    place = f" in line {line}" if line else ""
    stopped = f"Your code did not finish within {seconds:g} seconds, so it was stopped{place}. "
    if computed is not None and computed < seconds / 2:
        return "timeout", (
            f"{stopped}It computed for only {computed:.1f} of them: this machine is busy, or your code waits for "
            "something. Check again; if it is stopped again, does a loop never end?"
        )
    return "timeout", f"{stopped}Does a loop never end, or does it do far more work than necessary?"


def rebinding(name: str) -> str:
    return (
        f"Your code replaces `{name}`, which other code relies on. The checks run in a different process, so this has "
        "no effect on them: remove it."
    )
