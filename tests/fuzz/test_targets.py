"""Invalid input of every kind raises the documented error and never hangs."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.frames import pack
from exercises.course import Course
from grader.source import reference_source
from tests.fuzz.mutations import mutant, mutate_bytes
from tests.fuzz.targets import TARGETS
from tests.support.tiny_llama import write_gguf

GENERATORS = st.integers(0, 2**32).map(random.Random)


@pytest.mark.parametrize("name", list(TARGETS))
@given(st.binary(max_size=400))
@settings(deadline=None, max_examples=60)
def test_noise(name: str, data: bytes) -> None:
    TARGETS[name](data)


def test_mutated_sources(course: Course) -> None:
    rng = random.Random(7)
    solutions = [reference_source.as_solution(exercise) for exercise in course.exercises]
    for _ in range(250):
        TARGETS["sources"](mutant(rng.choice(solutions), rng)[1])


@given(
    GENERATORS,
    st.recursive(st.integers() | st.text() | st.floats(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)),
)
@settings(deadline=None, max_examples=60)
def test_corrupted_frames(rng: random.Random, value: object) -> None:
    TARGETS["frames"](_corrupted(pack({"result": value, "asked": ""}), rng))


def test_corrupted_models(tmp_path: Path) -> None:
    """Most corrupted bytes are in the header, where they matter."""
    rng = random.Random(7)
    content = write_gguf(tmp_path / "tiny.gguf").read_bytes()
    for _ in range(150):
        data = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(rng.choice((40, 400, 6000, len(data))))
            data[at] = rng.choice((0, 1, 127, 255, rng.randrange(256)))
        TARGETS["models"](bytes(data[: rng.choice((len(data), rng.randrange(len(data))))]))


def test_a_misaligned_tensor() -> None:
    """Weights of four bytes each at an offset that is no multiple of four (found by atheris)."""
    head = b"GGUF" + struct.pack("<IQQ", 2, 2, 0)
    row = struct.pack("<QIIQ", 0, 0, 0, 2)  # no name, no dimension, float32, at 2
    TARGETS["models"](head + row * 2 + bytes(80))


def test_corrupted_exercise_files(course: Course) -> None:
    rng = random.Random(7)
    texts = [(exercise.folder / "exercise.toml").read_text("utf-8") for exercise in course.exercises]
    for _ in range(150):
        TARGETS["exercise-files"](mutate_bytes(rng.choice(texts), rng))


def _corrupted(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(0, 3)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)
