"""`from parts import …` gives the learner's own where it has passed, and the course's otherwise."""

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

pytestmark = pytest.mark.usefixtures("reference")


def write(workspace: Workspace, id: str, source: str, passed: bool = True, version: str = "any") -> Path:
    """Puts a solution into the workspace, and records how its check ended."""
    path = workspace.path(workspace.course.exercise(id))
    path.write_text(source, encoding="utf-8")
    with Progress(workspace.progress_path) as progress:
        progress.record(id, version, source.encode(), {"outcome": "passed" if passed else "failed"})
    return path


def get(workspace: Workspace, name: str, importer: Path | None = None) -> object:
    """What `from parts import name` gives, called."""
    return lookup(workspace.root, name, str(importer) if importer else None, workspace.course)()


def test_what_has_not_passed_is_the_references(workspace: Workspace) -> None:
    assert get(workspace, "Norm") == "first"
    write(workspace, "norm", "def Norm(): return 'mine'", passed=False)
    assert get(workspace, "Norm") == "first"


def test_what_has_passed_is_the_learners(workspace: Workspace) -> None:
    write(workspace, "norm", "def Norm(): return 'mine'", version="an old one")
    assert get(workspace, "Norm") == "mine"
    assert lookup(workspace.root / "month_1_first", "Norm", None, workspace.course)() == "mine"


def test_the_learners_files_may_use_parts_of_each_other(workspace: Workspace) -> None:
    write(workspace, "norm", "def Norm(): return 'my norm'")
    write(workspace, "big-block", "from parts import Norm, Extra\ndef Block(): return [Norm(), Extra()]")
    assert get(workspace, "Block") == ["my norm", "extra"]


def test_files_that_import_each_other_do_not_turn_in_circles(workspace: Workspace) -> None:
    norm = write(workspace, "norm", "from parts import Block\nother = Block\ndef Norm(): return ['norm', other()]")
    write(workspace, "big-block", "from parts import Norm\nother = Norm\ndef Block(): return ['block', other()]")
    assert get(workspace, "Norm") == ["norm", ["block", "first"]]
    assert get(workspace, "Block", norm) == ["block", "first"]


def test_a_shared_name_means_what_the_asking_exercise_needs(workspace: Workspace) -> None:
    course = workspace.course
    write(workspace, "norm", "def Norm(): return 'my first'")
    late = write(workspace, "late-norm", "def Norm(): return 'my late'")
    block = workspace.path(course.exercise("big-block"))
    assert get(workspace, "Norm", block) == "my first"
    assert get(workspace, "Norm", late) == "my first", "a file never gets its own symbol from parts"
    assert get(workspace, "Norm") == "my first"
    assert get(workspace, "Norm", workspace.path(course.exercise("norm"))) == "my late"


def test_a_file_cannot_get_its_own_symbol(workspace: Workspace) -> None:
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
def test_what_no_longer_loads_is_replaced_with_one_line_of_warning(
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
    one = lookup(workspace.root, "Norm", None, workspace.course)
    assert one is lookup(workspace.root, "Norm", None, workspace.course)
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
    path.write_bytes(b"\xef\xbb\xbfdef Norm(): return 'with a mark'")
    assert get(workspace, "Norm") == "with a mark"


def test_a_module_serves_processes_that_run_elsewhere(workspace: Workspace) -> None:
    write(workspace, "norm", "def Norm(): return 'my norm'")
    parts = module(workspace.root, workspace.course)
    assert isinstance(parts, ModuleType) and parts.Norm() == "my norm" and parts.Extra() == "extra"
    assert not hasattr(parts, "__path__")


def run(workspace: Workspace, course_root: Path, packages: Path, file: Path) -> subprocess.CompletedProcess[str]:
    """Runs a file of the workspace with plain Python, over the tests' course."""
    code = (
        "import runpy, sys; from pathlib import Path; from exercises.load import load_course;"
        "import learner.parts;"
        f"learner.parts.load_course = lambda: load_course(Path({str(course_root)!r}));"
        f"sys.path[0:0] = [{str(file.parent)!r}, {str(packages)!r}];"
        f"runpy.run_path({str(file)!r}, run_name='__main__')"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/", timeout=60)


def test_a_file_runs_by_itself(workspace: Workspace, course_root: Path, reference: Path) -> None:
    write(workspace, "norm", "def Norm(): return 'my norm'")
    source = "from parts import Norm\ndef Block(): return Norm()\nif __name__ == '__main__': print(Block())"
    file = write(workspace, "big-block", source)
    done = run(workspace, course_root, reference.parent, file)
    assert (done.stdout, done.stderr) == ("my norm\n", "")
    (workspace.root / "try.py").write_text("import parts\nprint(parts.Block(), parts.Extra())\n")
    done = run(workspace, course_root, reference.parent, workspace.root / "try.py")
    assert (done.stdout, done.stderr) == ("my norm extra\n", "")


def test_a_real_file_runs_with_the_real_course(tmp_path: Path, course: Course) -> None:
    """Without a course handed in, parts.py finds the program's own; a name it lacks is an ordinary error."""
    workspace = Workspace(tmp_path / "real", course)
    workspace.create()
    file = workspace.path(course.exercise("norm"))
    file.write_text("from parts import ThereIsNoSuchPart\n")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, cwd="/", timeout=60)
    assert done.returncode == 1 and "ImportError: parts has no 'ThereIsNoSuchPart'" in done.stderr


def test_parts_says_which_python_it_wants(workspace: Workspace) -> None:
    code = f"import sys; sys.path.insert(0, {str(workspace.root)!r}); sys.modules['learner'] = None;"
    done = subprocess.run(
        [sys.executable, "-c", code + "import parts; parts.Norm"],
        capture_output=True,
        text=True,
        cwd="/",
        timeout=60,
    )
    assert "the Python in which fromscratch is installed" in done.stderr


def test_looking_up_loads_neither_torch_nor_the_reference(workspace: Workspace) -> None:
    code = "import sys, learner.parts; assert not {'torch', 'numpy', 'reference'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
