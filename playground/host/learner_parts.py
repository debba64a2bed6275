"""Loads the parts that the playground can use from the learner's passed files.

It runs only in the host process. If a file no longer loads, the reference's part is used, and a note says so.
"""

import importlib.util
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

from playground.host.host_error import HostError, memory_error

# {part: (exercise id, name of the function)}
PARTS = {"generate": ("sample-generate", "generate"), "softmax": ("stable-softmax", "softmax")}


class LearnerError(HostError):
    """The learner's code failed; the message names the function, the error and the line."""


@dataclass(frozen=True)
class Part:
    """A function of the learner and its file."""

    name: str
    path: Path
    function: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function. Raises LearnerError for any exception, including SystemExit."""
        try:
            return self.function(*args, **kwargs)
        except (Exception, SystemExit) as error:
            if memory_error(error):
                place = location(error, self.path)
                raise LearnerError(
                    f"Your {self.name} needs more memory than the model's process may have{place}."
                ) from error
            raise LearnerError(f"Your {self.name} stopped with {describe(error, self.path)}.") from error


@dataclass
class LearnerParts:
    """The learner's parts that are used; None stands for the reference's."""

    generate: Part | None = None
    softmax: Part | None = None
    notes: list[str] = field(default_factory=list)

    def owners(self) -> list[tuple[str, str]]:
        """Returns (part, "yours" or "reference") for every part of a running model."""
        replaceable = [(name, "yours" if getattr(self, name) else "reference") for name in PARTS]
        return [("tokenizer", "reference"), ("model", "reference"), *replaceable]


def load_learner_parts(passed: Sequence[tuple[str, Path]], workspace: Path | None) -> LearnerParts:
    """Loads the parts among the passed files, (exercise id, path) pairs; an error in a file becomes a note.

    `from parts import Name` in these files finds the parts in `workspace`.
    """
    parts, files = LearnerParts(), dict(passed)
    if workspace is not None and any(exercise in files for exercise, _ in PARTS.values()):
        # imported here, because it loads the course
        from learner.parts import module

        sys.modules["parts"] = module(workspace)
    for name, (exercise, symbol) in PARTS.items():
        if (path := files.get(exercise)) is None:
            continue
        try:
            function = getattr(load_file(path), symbol)
        except (Exception, SystemExit) as error:
            problem = f"could not be loaded: {describe(error, path)}"
            parts.notes.append(f"Your {path.name} {problem}. The reference's {symbol} is used instead.")
        else:
            setattr(parts, name, Part(symbol, path, function))
    return parts


def load_file(path: Path) -> Any:
    """Returns the module in a file, which may have any name."""
    name = f"_fromscratch_learner_{path.stem}"
    # an explicit loader, because without one the file's name must end in .py
    spec = importlib.util.spec_from_file_location(name, path, loader=SourceFileLoader(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up their module
    spec.loader.exec_module(module)
    return module


def location(error: BaseException, path: Path) -> str:
    """Returns " (line N of FILE)" for the innermost line of the learner's file in the traceback, or nothing."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    if isinstance(error, SyntaxError) and error.filename == str(path):
        lines.append(error.lineno)
    return f" (line {lines[-1]} of {path.name})" if lines else ""


def describe(error: BaseException, path: Path) -> str:
    """Returns the error in a few words, with the line of the learner's file."""
    place = location(error, path)
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}{place}" if text else f"{type(error).__name__}{place}"
