"""Turns what went wrong in a learner's process into one sentence that says what to do."""

from __future__ import annotations

import re
import signal
from typing import Any

OURS = ("reference", "exercises", "grader", "engine", "learner", "playground", "tui", "cowork")
MEMORY = ("can't allocate memory", "not enough memory", "std::bad_alloc", "cannot allocate memory")


def of_report(report: dict[str, Any], yours: dict[str, str], expected: dict[str, str]) -> str:
    """The sentence for an exception. `yours` and `expected` are the symbols' signatures as text."""
    kind, text = str(report.get("kind")), str(report.get("text")).strip()
    at = f"Line {report['line']}" if report.get("line") else "Your code"
    first = text.splitlines()[0] if text else ""
    if report.get("syntax"):
        column = f", column {report['column']}" if report.get("column") else ""
        return f"{at}{column}: this is not valid Python yet: {first}."
    if kind in ("Missing", "NotOffered", "ProbeProblem"):
        return text if kind != "NotOffered" or not report.get("line") else f"{at}: {text}"
    if kind == "SyntaxError" or (kind == "ValueError" and "null bytes" in text):
        return f"Python cannot read this file: {first}."
    if kind == "ModuleNotFoundError" and str(report.get("module")).split(".")[0] in OURS:
        name = "reference" if str(report.get("module")).startswith(("reference", "exercises")) else "grader"
        return f"{at}: the {name} cannot be imported while grading: your own code is what is checked."
    if kind == "ModuleNotFoundError":
        return f"{at}: there is no module `{report.get('module')}` here. Is the name right? Is it installed?"
    if kind == "ImportError":
        return f"{at}: the import fails: {first}."
    if unwritten(report):
        return f"Not written yet: {at.lower() if report.get('line') else 'your code'} still raises NotImplementedError."
    if kind == "MemoryError" or any(words in text for words in MEMORY):
        return f"{at} asks for more memory than a check may use (about 4 GiB). Is a shape far too large?"
    if kind in ("SystemExit", "KeyboardInterrupt"):
        return f"{at} ends the program ({kind}). Code that is checked must return instead."
    if kind == "RecursionError":
        return f"{at}: the function calls itself without end (RecursionError)."
    if kind == "TypeError" and report.get("outside"):
        return _wrong_call(first, yours, expected)
    if kind == "AttributeError" and report.get("outside"):
        return f"{first}. The checks look for the names that the task gives."
    if report.get("outside"):
        return f"Your result cannot be used as the task says: {kind}: {first}."
    return f"{at} raises {kind}: {first or 'no message'}"


def of_anyone(sentence: str) -> str:
    """The same sentence for readers who did not write the code."""
    for old, new in (("you return nothing", "it returns nothing"), ("yours takes", "this one takes")):
        sentence = sentence.replace(old, new)
    return re.sub(r"\b([Yy])our\b", lambda found: "The" if found[1] == "Y" else "the", sentence)


def unwritten(report: dict[str, Any]) -> bool:
    """Whether the learner's own line raised NotImplementedError; torch raises it too, for other reasons."""
    return report.get("kind") == "NotImplementedError" and "raise" in str(report.get("code"))


def _wrong_call(text: str, yours: dict[str, str], expected: dict[str, str]) -> str:
    name = text.split("(")[0].removesuffix(".__init__")
    if name in expected:
        return (
            f"`{name}` is called as the task says and does not take it: {text}. "
            f"It should take {expected[name]}; yours takes {yours.get(name, '?')}."
        )
    hint = " Is a `return` missing?" if "NoneType" in text else ""
    return f"What your code returned cannot be used as the task says: {text}.{hint}"


def of_end(status: int, seconds: float) -> tuple[str, str]:
    """(outcome, sentence) for a learner's process that ended by itself; status is minus the signal."""
    if status == REACHED:
        return "failed", LOOKED
    if status >= 0:
        return "crashed", (
            f"Your code ended the Python process (exit code {status}) instead of returning a result. "
            "Remove calls such as os._exit, exit or quit."
        )
    if -status == signal.SIGXCPU:
        return of_late(seconds)
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    if -status == signal.SIGKILL:
        return "crashed", "Your code's process was killed: most likely it used too much memory."
    if -status == signal.SIGXFSZ:
        return "crashed", "Your code wrote a file that is larger than a check allows (64 MiB)."
    return "crashed", (
        f"Your code crashed the Python process in native code ({name}). "
        "Look for raw memory access, ctypes, or an index that native code does not check."
    )


def of_late(seconds: float) -> tuple[str, str]:
    return "timeout", (
        f"Your code did not finish within {seconds:g} seconds, so it was stopped. "
        "Is there a loop that never ends, or far more work than needed?"
    )


FORBIDDEN = "Line {line} calls `{name}`, which does the whole exercise in one call. Build it by hand."
REACHES = (
    "Line {line} uses `{name}`, which reaches into the process that grades. No exercise needs it, and no answer is "
    "there: remove it."
)
REACHED = 79  # the exit code of a process that was ended for it, see child/audit_hook.py
LOOKED = (
    "Your code reaches into the process that grades it: for frames, code objects or the garbage collector. No exercise "
    "needs them, and no answer is there: remove it."
)
ENDLESS = (
    "What your code returns takes too long to look at, so the check was stopped. Is a result far larger than it "
    "should be?"
)
FLOOD = "Your code printed more than 16 MiB, so it was stopped. Remove the prints, or print less."
EMPTY = "This file is empty. `fromscratch reset {id}` brings the starting point back."


def of_patch(name: str) -> str:
    return (
        f"Your code replaces `{name}`, which other code relies on. The checks run in another process, so it "
        "gains nothing: remove it."
    )


NONSENSE = "Your code wrote into the channel that carries its results, so they cannot be read: {why}."
