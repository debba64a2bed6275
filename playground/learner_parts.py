"""The learner's own parts: loads the files that have passed and finds in them what the playground can use.

Runs in the host process only. A file that no longer loads is replaced by the reference, and a note says so.
"""

import importlib.util
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

# which exercise makes which part, and the name of its function
PARTS = {"generate": ("sample-generate", "generate"), "softmax": ("stable-softmax", "softmax")}


class LearnerError(Exception):
    """The learner's code raised; the message names the function, the error and the line."""


@dataclass(frozen=True)
class Part:
    """A function of the learner's and the file it stands in."""

    name: str
    path: Path
    function: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls it. Raises LearnerError for whatever error it raises, SystemExit included."""
        try:
            return self.function(*args, **kwargs)
        except (Exception, SystemExit) as error:
            raise LearnerError(f"Your {self.name} stopped with {describe(error, self.path)}.") from error


@dataclass
class Mine:
    """What of the learner's is in use. A part that is None is the reference's."""

    generate: Part | None = None
    softmax: Part | None = None
    notes: list[str] = field(default_factory=list)

    def whose(self) -> list[tuple[str, str]]:
        """Every part of a running model with "yours" or "reference"."""
        own = [(name, "yours" if getattr(self, name) else "reference") for name in PARTS]
        return [("tokenizer", "reference"), ("model", "reference"), *own]


def load_mine(passed: Sequence[tuple[str, Path]], workspace: Path | None) -> Mine:
    """Loads the parts among `passed`, (exercise id, file) pairs. Never raises for what a file does.

    `workspace` is where the files' `from parts import Name` looks.
    """
    mine, files = Mine(), dict(passed)
    if workspace is not None and any(exercise in files for exercise, _ in PARTS.values()):
        # imported here, because it loads the whole course
        from learner.parts import module

        sys.modules["parts"] = module(workspace)
    for name, (exercise, symbol) in PARTS.items():
        if (path := files.get(exercise)) is None:
            continue
        try:
            function = getattr(load_file(path), symbol)
        except (Exception, SystemExit) as error:
            why = f"could not be loaded: {describe(error, path)}"
            mine.notes.append(f"Your {path.name} {why}. The reference's {symbol} is used.")
        else:
            setattr(mine, name, Part(symbol, path, function))
    return mine


def load_file(path: Path) -> Any:
    """The module in a file, loaded as Python loads any file, under a name of its own."""
    name = f"_fromscratch_mine_{path.stem}"
    # a loader by hand: the file's name may end in anything
    spec = importlib.util.spec_from_file_location(name, path, loader=SourceFileLoader(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def describe(error: BaseException, path: Path) -> str:
    """The error in a few words, with the deepest line of the learner's file on the way to it."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    where = f" (line {lines[-1]} of {path.name})" if lines else ""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}{where}" if text else f"{type(error).__name__}{where}"
