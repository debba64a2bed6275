"""`from parts import …` returns the learner's code if it has passed, and otherwise the reference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from exercises.course import Course
from learner.parts import lookup, module
from learner.progress import Progress
from learner.workspace import Workspace
from tests.support.command_line import run_python

pytestmark = pytest.mark.usefixtures("reference")


def write(workspace: Workspace, id: str, source: str, passed: bool = True, version: str = "any") -> Path:
    """Writes a solution to the workspace and records an attempt."""
    path = workspace.path(workspace.course.exercise(id))
    path.write_text(source, encoding="utf-8")
    with Progress(workspace.progress_path) as progress:
        progress.record(id, version, source.encode(), {"outcome": "passed" if passed else "failed"})
    return path


def get(workspace: Workspace, name: str, importer: Path | None = None) -> object:
    """Calls the result of `from parts import name`."""
    return lookup(workspace.root, name, str(importer) if importer else None, workspace.course)()


def test_code_that_has_not_passed_comes_from_the_reference(workspace: Workspace) -> None:
    assert get(workspace, "Norm") == "first"
    write(workspace, "norm", "def Norm(): return 'mine'", passed=False)
    assert get(workspace, "Norm") == "first"


def test_code_that_has_passed_comes_from_the_learner(workspace: Workspace) -> None:
    write(workspace, "norm", "def Norm(): return 'mine'", version="an old version")
    assert get(workspace, "Norm") == "mine"
    assert lookup(workspace.root / "month_1_first", "Norm", None, workspace.course)() == "mine"


def test_the_learners_files_can_import_each_other(workspace: Workspace) -> None:
    write(workspace, "norm", "def Norm(): return 'my norm'")
    write(workspace, "big-block", "from parts import Norm, Extra\ndef Block(): return [Norm(), Extra()]")
    assert get(workspace, "Block") == ["my norm", "extra"]


def test_circular_imports_end(workspace: Workspace) -> None:
    norm = write(workspace, "norm", "from parts import Block\nother = Block\ndef Norm(): return ['norm', other()]")
    write(workspace, "big-block", "from parts import Norm\nother = Norm\ndef Block(): return ['block', other()]")
    assert get(workspace, "Norm") == ["norm", ["block", "first"]]
    assert get(workspace, "Block", norm) == ["block", "first"]


def test_a_shared_name_refers_to_the_exercise_that_the_importer_needs(workspace: Workspace) -> None:
    course = workspace.course
    write(workspace, "norm", "def Norm(): return 'my first'")
    late = write(workspace, "late-norm", "def Norm(): return 'my late'")
    block = workspace.path(course.exercise("big-block"))
    assert get(workspace, "Norm", block) == "my first"
    assert get(workspace, "Norm", late) == "my first", "a file never imports its own symbol from parts"
    assert get(workspace, "Norm") == "my first"
    assert get(workspace, "Norm", workspace.path(course.exercise("norm"))) == "my late"


def test_a_file_cannot_import_its_own_symbol(workspace: Workspace) -> None:
    block = workspace.path(workspace.course.exercise("big-block"))
    with pytest.raises(ImportError, match="this file defines it"):
        lookup(workspace.root, "Block", str(block), workspace.course)


def test_extra_parts_come_from_the_reference(workspace: Workspace) -> None:
    assert get(workspace, "Extra", workspace.path(workspace.course.exercise("big-block"))) == "extra"
    assert get(workspace, "Extra") == "extra"


def test_an_unknown_name_is_an_import_error(workspace: Workspace) -> None:
    with pytest.raises(ImportError, match="parts has no 'Nrom'"):
        lookup(workspace.root, "Nrom", None, workspace.course)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("def Norm(:", "does not load (SyntaxError"),
        ("import there_is_no_such_module", "does not load (ModuleNotFoundError"),
        ("raise SystemExit", "does not load (SystemExit"),
        ("def Other(): ...", "no longer defines Norm"),
    ],
)
def test_a_broken_file_is_replaced_with_a_one_line_warning(
    workspace: Workspace, source: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(workspace, "norm", source)
    assert get(workspace, "Norm") == get(workspace, "Norm") == "first"
    warning = capsys.readouterr().err
    assert warning.count("\n") == 1 and why in warning and "norm.py has passed" in warning


def test_a_deleted_file_is_replaced_with_a_warning(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    write(workspace, "norm", "def Norm(): return 'mine'").unlink()
    assert get(workspace, "Norm") == "first"
    assert capsys.readouterr().err.count("\n") == 1


def test_a_changed_file_is_loaded_again(workspace: Workspace) -> None:
    path = write(workspace, "norm", "def Norm(): return 'mine'")
    first = lookup(workspace.root, "Norm", None, workspace.course)
    assert first is lookup(workspace.root, "Norm", None, workspace.course)
    path.write_text("def Norm(): return 'meow'")
    assert get(workspace, "Norm") == "meow"


def test_files_load_as_python_loads_them(workspace: Workspace) -> None:
    path = write(workspace, "norm", "")
    source = (
        "# coding: latin-1\r\nfrom __future__ import annotations\r\nimport dataclasses\r\n"
        "@dataclasses.dataclass\r\nclass Box:\r\n    text: str = 'ü'\r\n"
        "def Norm():\r\n    return Box().text, __name__ != '__main__', __file__\r\n"
    )
    path.write_bytes(source.encode("latin-1"))
    assert get(workspace, "Norm") == ("ü", True, str(path))
    path.write_bytes(b"\xef\xbb\xbfdef Norm(): return 'with a byte order mark'")
    assert get(workspace, "Norm") == "with a byte order mark"


def test_the_module_works_outside_the_workspace(workspace: Workspace) -> None:
    write(workspace, "norm", "def Norm(): return 'my norm'")
    parts = module(workspace.root, workspace.course)
    assert isinstance(parts, ModuleType) and parts.Norm() == "my norm" and parts.Extra() == "extra"
    assert not hasattr(parts, "__path__")


def run(workspace: Workspace, course_root: Path, packages: Path, file: Path) -> subprocess.CompletedProcess[str]:
    """Runs a file of the workspace with Python, with the tests' course."""
    code = (
        "import runpy, sys; from pathlib import Path; from exercises.load import load_course;"
        "import learner.parts;"
        f"learner.parts.load_course = lambda: load_course(Path({str(course_root)!r}));"
        f"sys.path[0:0] = [{str(file.parent)!r}, {str(packages)!r}];"
        f"runpy.run_path({str(file)!r}, run_name='__main__')"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/", timeout=60)


def test_a_file_runs_as_a_script(workspace: Workspace, course_root: Path, reference: Path) -> None:
    write(workspace, "norm", "def Norm(): return 'my norm'")
    source = "from parts import Norm\ndef Block(): return Norm()\nif __name__ == '__main__': print(Block())"
    file = write(workspace, "big-block", source)
    process = run(workspace, course_root, reference.parent, file)
    assert (process.stdout, process.stderr) == ("my norm\n", "")
    (workspace.root / "try.py").write_text("import parts\nprint(parts.Block(), parts.Extra())\n")
    process = run(workspace, course_root, reference.parent, workspace.root / "try.py")
    assert (process.stdout, process.stderr) == ("my norm extra\n", "")


def test_a_real_file_runs_with_the_real_course(tmp_path: Path, course: Course) -> None:
    """parts.py uses the program's course by default; an unknown name is an ImportError."""
    workspace = Workspace(tmp_path / "real", course)
    workspace.create()
    file = workspace.path(course.exercise("norm"))
    file.write_text("from parts import ThereIsNoSuchPart\n")
    process = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, cwd="/", timeout=60)
    assert process.returncode == 1 and "ImportError: parts has no 'ThereIsNoSuchPart'" in process.stderr


def test_an_error_names_the_python_to_use(workspace: Workspace) -> None:
    code = f"import sys; sys.path.insert(0, {str(workspace.root)!r}); sys.modules['learner'] = None;"
    process = subprocess.run(
        [sys.executable, "-c", code + "import parts; parts.Norm"],
        capture_output=True,
        text=True,
        cwd="/",
        timeout=60,
    )
    assert "the Python in which fromscratch is installed" in process.stderr


def test_importing_parts_imports_neither_torch_nor_the_reference(workspace: Workspace) -> None:
    code = "import sys, learner.parts; assert not {'torch', 'numpy', 'reference'} & set(sys.modules)"
    run_python(code)
