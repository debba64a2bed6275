"""Fuzz targets: functions that take any bytes and raise nothing but assertion errors."""

from __future__ import annotations

import functools
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from engine.frames import HEADER, BadFrame, unpack
from exercises.load import CourseError
from exercises.load_exercise import load_exercise
from grader.child import solution
from grader.judge.protocol import validate
from grader.source import forbidden_calls, locations, static_guard
from grader.source.text import lines_of, text_of
from reference.gguf_file import GGUFError, GGUFFile

FORBIDS = ("torch.softmax", "torch.nn.Softmax", "Tensor.softmax")


def sources(data: bytes) -> None:
    """Reads a solution's source: hits are in one of its lines, and every error at loading has a report."""
    text = text_of(data)
    for hit in (forbidden_calls.first_hit(text, FORBIDS, ("answer",)), static_guard.first_hit(text)):
        assert hit is None or 1 <= hit[1] <= len(lines_of(text))
    locations.definition(text, "answer", "forward")
    locations.result(text, "answer")
    error: Exception | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "solution.py", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as load_error:
            error = load_error
    assert error is None or isinstance(solution.report(error, "solution.py")["text"], str)


def frames(data: bytes) -> None:
    """Decodes and validates a frame from the learner's process, as the judge does."""
    size = HEADER.unpack(data[: HEADER.size])[0] % 500 if len(data) >= HEADER.size else 0
    rest = data[HEADER.size :]
    try:
        validate(unpack(rest[:size], rest[size:]), "")
    except BadFrame:
        return


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fromscratch-fuzz-"))


def models(data: bytes) -> None:
    """Reads a GGUF file."""
    path = _folder() / "model.gguf"
    path.write_bytes(data)
    try:
        file = GGUFFile(path)
        for name in list(file.tensors)[:3]:
            file.tensor(name)
    except GGUFError:
        return


def exercise_files(data: bytes) -> None:
    """Loads an exercise.toml."""
    folder = _folder() / "01_name"
    folder.mkdir(exist_ok=True)
    for name in ("README.md", "stub.py", "probes.py", "test_name.py"):
        (folder / name).write_text("x = 1\n")
    (folder / "exercise.toml").write_bytes(data)
    try:
        load_exercise(folder, "month-1")
    except CourseError:
        return


TARGETS: dict[str, Callable[[bytes], None]] = {
    "sources": sources, "frames": frames, "models": models, "exercise-files": exercise_files,
}  # fmt: skip
