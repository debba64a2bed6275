"""Any content of a course's files loads, or raises an error that names the file and the remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exercises.decode import CourseError
from exercises.load import load_course

FILES = ("course.toml", "month_1_first/01_add_one/exercise.toml")
pieces = st.sampled_from(
    ["[[month]]", "[", "]", '"', "'''", "=", "1e999", "-1", "nan", "true", "2024-10", "1979-05-27", "\x00", "é", "\r",
     'id = "x"', "renamed_from = [1]", 'renamed_from = ["add-one"]', "minutes = 1e400", "hint = []", "{", "a.b.c = 1",
     "time_limit = inf", "[book.title]", "symbols = ['1']", 'folder = "../x"', 'folder = ""', 'start = "9999-12"']
)  # fmt: skip
cuts = st.tuples(st.floats(0, 1), st.integers(0, 80), pieces | st.text(max_size=5))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FILES), changes=st.lists(cuts, min_size=1, max_size=4))
@example(name=FILES[0], changes=[(0.0, 0, "a = " + "[" * 2000)])
@example(name=FILES[1], changes=[(1.0, 0, "hint." + "a." * 2000 + "b = 1")])
def test_a_course_loads_or_raises_an_error(
    root: Path, tmp_path_factory: pytest.TempPathFactory, name: str, changes: list[tuple[float, int, str]]
) -> None:
    copy = tmp_path_factory.mktemp("course") / "course"
    shutil.copytree(root, copy)
    text = (copy / name).read_text(encoding="utf-8")
    for position, length, piece in changes:
        at = int(position * len(text))
        text = text[:at] + piece + text[at + length :]
    (copy / name).write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    message = ""
    try:
        course = load_course(copy)
    except CourseError as error:
        message = str(error)
    if message:
        assert str(copy) in message and message.endswith((".", "?"))
    else:
        assert all(exercise.minutes >= 1 and exercise.file_name for exercise in course.exercises)
    shutil.rmtree(copy)
