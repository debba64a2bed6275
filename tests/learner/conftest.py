"""A small course with its reference, and a workspace for it, all in a temporary folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exercises.course import Course
from exercises.load import load_course
from learner import parts
from learner.workspace import Workspace

COURSE = """\
title = "A course"
overview = "What it is."
objectives = ["Say one thing."]
start = "2024-10"
book = {title = "A book", author = "An author", url = "https://a.example", code_url = "https://b.example"}

[[month]]
id = "month-1"
offset = 0
title = "First"
folder = "month_1_first"
overview = "The first month."

[[month]]
id = "month-2"
offset = 1
title = "Second"
folder = "month_2_second"
overview = "The second month."
"""

EXERCISE = """\
id = "{id}"
title = "{id}"
summary = "Builds {symbol}."
symbols = ["{symbol}"]
reference = "{reference}"
chapter = "1"
minutes = 10
level = "core"
needs = {needs}
parts = {parts}
hint = [{{text = "Try."}}]
mistake = [{{id = "m", says = "M.", replace = "a", by = "b"}}]
"""


def stub(symbol: str) -> str:
    """The stub of an exercise: a function that says it is not implemented."""
    return f'def {symbol}():\n    """Returns who made it: ü."""\n    raise NotImplementedError\n'


def add(
    root: Path,
    folder: str,
    id: str,
    symbol: str,
    reference: str,
    needs: tuple[str, ...] = (),
    parts: tuple[str, ...] = (),
) -> None:
    """Writes an exercise folder such as month_1_first/01_one."""
    place = root / folder
    place.mkdir(parents=True, exist_ok=True)
    values = {"id": id, "symbol": symbol, "reference": reference}
    toml = EXERCISE.format(**values, needs=list(needs), parts=list(parts))
    (place / "exercise.toml").write_text(toml, encoding="utf-8")
    (place / "README.md").write_text(f"# {id}\n", encoding="utf-8")
    (place / "stub.py").write_text(stub(symbol), encoding="utf-8")
    (place / "probes.py").write_text("def probe(impl):\n    return 1\n", encoding="utf-8")
    (place / f"test_{id.replace('-', '_')}.py").write_text("def test_it():\n    pass\n", encoding="utf-8")


@pytest.fixture
def course_root(tmp_path: Path) -> Path:
    """Three exercises: norm; block, which needs norm; and norm's symbol once more in month 2."""
    root = tmp_path / "course"
    root.mkdir()
    (root / "course.toml").write_text(COURSE, encoding="utf-8")
    add(root, "month_1_first/01_norm", "norm", "Norm", "course_reference.first")
    add(
        root,
        "month_1_first/02_big_block",
        "big-block",
        "Block",
        "course_reference.first",
        needs=("norm",),
        parts=("course_reference.second:Extra",),
    )
    add(root, "month_2_second/01_late_norm", "late-norm", "Norm", "course_reference.second")
    return root


@pytest.fixture
def course(course_root: Path) -> Course:
    return load_course(course_root)


@pytest.fixture
def reload(course_root: Path) -> Callable[[], Course]:
    """Reads the course again, as the next start of the program would."""
    return lambda: load_course(course_root)


@pytest.fixture
def workspace(tmp_path: Path, course: Course) -> Workspace:
    """A created workspace."""
    made = Workspace(tmp_path / "work", course)
    made.create()
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a workspace keeps its attempts."""
    return tmp_path / "work" / ".fromscratch" / "progress.db"


@pytest.fixture
def reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package course_reference, whose symbols say where they come from; parts forgets all afterwards."""
    package = tmp_path / "packages" / "course_reference"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "first.py").write_text('def Norm():\n    return "first"\n\n\ndef Block():\n    return "first"\n')
    (package / "second.py").write_text('def Norm():\n    return "second"\n\n\ndef Extra():\n    return "extra"\n')
    monkeypatch.syspath_prepend(package.parent)
    before = set(sys.modules)
    yield package
    for name in set(sys.modules) - before:
        if name == "parts" or name.startswith(("course_reference", "_fromscratch_parts_")):
            del sys.modules[name]
    parts._loaded.clear()
    parts._warned.clear()
