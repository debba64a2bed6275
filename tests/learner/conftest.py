"""A small course with its reference and a workspace, in a temporary folder."""

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
overview = "An overview."
objectives = ["An objective."]
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
    """Returns the stub of an exercise, which raises NotImplementedError."""
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
    path = root / folder
    path.mkdir(parents=True, exist_ok=True)
    values = {"id": id, "symbol": symbol, "reference": reference}
    toml = EXERCISE.format(**values, needs=list(needs), parts=list(parts))
    (path / "exercise.toml").write_text(toml, encoding="utf-8")
    (path / "README.md").write_text(f"# {id}\n", encoding="utf-8")
    (path / "stub.py").write_text(stub(symbol), encoding="utf-8")
    (path / "probes.py").write_text("def probe(impl):\n    return 1\n", encoding="utf-8")
    (path / f"test_{id.replace('-', '_')}.py").write_text("def test_it():\n    pass\n", encoding="utf-8")


@pytest.fixture
def course_root(tmp_path: Path) -> Path:
    """Three exercises: norm; big-block, which needs norm; and late-norm in month 2, with the symbol of norm."""
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
    """Loads the course again, as the next start of the program does."""
    return lambda: load_course(course_root)


@pytest.fixture
def workspace(tmp_path: Path, course: Course) -> Workspace:
    """A workspace with all its files."""
    workspace = Workspace(tmp_path / "work", course)
    workspace.create()
    return workspace


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a workspace's progress.db."""
    return tmp_path / "work" / ".fromscratch" / "progress.db"


@pytest.fixture
def reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package course_reference, whose functions return the name of their module; clears the caches afterwards."""
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
