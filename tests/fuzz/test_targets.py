"""Bad input of every kind gives the documented error: never another one, nor a hang."""

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
from tests.fuzz.mutations import mutant, of_bytes
from tests.fuzz.targets import TARGETS
from tests.reference.llama_files import write_gguf

CHANCE = st.integers(0, 2**32).map(random.Random)


@pytest.mark.parametrize("name", list(TARGETS))
@given(st.binary(max_size=400))
@settings(deadline=None, max_examples=60)
def test_noise(name: str, data: bytes) -> None:
    TARGETS[name](data)


def test_mutated_sources(course: Course) -> None:
    chance = random.Random(7)
    rights = [reference_source.as_solution(exercise) for exercise in course.exercises]
    for _ in range(250):
        TARGETS["sources"](mutant(chance.choice(rights), chance)[1])


@given(
    CHANCE, st.recursive(st.integers() | st.text() | st.floats(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
@settings(deadline=None, max_examples=60)
def test_damaged_frames(chance: random.Random, value: object) -> None:
    TARGETS["frames"](_damaged(pack({"result": value, "asked": ""}), chance))


def test_damaged_models(tmp_path: Path) -> None:
    """Most damage is done to the header, where it tells."""
    chance = random.Random(7)
    whole = write_gguf(tmp_path / "tiny.gguf").read_bytes()
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(chance.choice((40, 400, 6000, len(data))))
            data[at] = chance.choice((0, 1, 127, 255, chance.randrange(256)))
        TARGETS["models"](bytes(data[: chance.choice((len(data), chance.randrange(len(data))))]))


def test_a_tensor_between_words() -> None:
    """Found by atheris: weights of four bytes each at an odd place."""
    head = b"GGUF" + struct.pack("<IQQ", 2, 2, 0)
    row = struct.pack("<QIIQ", 0, 0, 0, 2)  # no name, no dimension, float32, at 2
    TARGETS["models"](head + row * 2 + bytes(80))


def test_damaged_exercise_files(course: Course) -> None:
    chance = random.Random(7)
    texts = [(exercise.folder / "exercise.toml").read_text("utf-8") for exercise in course.exercises]
    for _ in range(150):
        TARGETS["exercise-files"](of_bytes(chance.choice(texts), chance))


def _damaged(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(0, 3)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)
