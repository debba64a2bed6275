"""Projects are created atomically without changing existing files; the pages of a presentation are read."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from exercises.load import load_course
from learner import files
from learner.presentation import Curves, PlainText, Table, Unavailable, read_presentation
from learner.progress import Progress
from learner.project import Project, ProjectError, Projects
from learner.workspace import Workspace
from tests.support.solutions import correct


@pytest.fixture
def root(tmp_path: Path) -> Path:
    Workspace(tmp_path / "work", load_course()).create()
    return tmp_path / "work"


@pytest.fixture
def projects(root: Path) -> Projects:
    return Projects(root, load_course())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_new_project_has_all_files(projects: Projects) -> None:
    project = projects.new()
    names = {path.name for path in project.files()}
    assert names == {"PLAN.md", "CHECKLIST.md", "PRESENT.md", "train.py", "text.txt"}
    checklist = project.checklist()
    assert len(checklist.items) >= 8 and checklist.ticked == 0
    pages = project.presentation()
    assert pages[0].title == "my-project" and pages[0].cover
    assert [page.title for page in pages][1:3] == ["What it does", "The text"]
    assert projects.find() == projects.find("my-project") == project
    assert not any("$PROJECT" in path.read_text() for path in project.files())


def test_the_script_of_a_new_project_runs(projects: Projects, root: Path) -> None:
    """Runs the script with fewer steps. It uses the learner's code for the parts that have passed."""
    project = projects.new("quick")
    script = project.script.read_text()
    assert "STEPS, BATCH_SIZE, LEARNING_RATE = 800, 16" in script
    project.script.write_text(
        script.replace("RATE = 800, 16", "RATE = 3, 4").replace("EVAL_EVERY = 50", "EVAL_EVERY = 1")
    )
    course = load_course()
    workspace = Workspace(root, course)
    for id, passed in (("multi-head-attention", True), ("bigram-baseline", False)):
        exercise = course.exercise(id)
        workspace.path(exercise).write_text(correct(exercise))
        with Progress(workspace.progress_path) as progress:
            verdict = {"outcome": "passed" if passed else "failed"}
            progress.record(id, exercise.version, workspace.read(exercise), verdict)
    run = subprocess.run([sys.executable, "train.py"], cwd=project.folder, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stderr
    assert "MultiHeadAttention  yours\n" in run.stdout
    assert "BigramLM            the course's, until yours passes\n" in run.stdout
    kinds = {page.title: [type(block) for block in page.blocks] for page in project.presentation()}
    assert kinds["Loss curves"] == [Curves] and kinds["Comparison with the baseline"] == [Table]
    assert kinds["Samples"] == [PlainText]


def test_existing_files_are_never_changed(projects: Projects) -> None:
    project = projects.new("mine")
    (project.folder / "PLAN.md").write_text("my plan")
    (project.folder / "train.py").unlink()
    before = contents(project.folder)
    with pytest.raises(ProjectError, match="project new NAME"):
        projects.new("mine")
    assert contents(project.folder) == before
    for name in ("file", "empty", "link", "broken"):
        path = projects.folder / name
        if name == "file":
            path.write_text("mine")
        elif name == "empty":
            path.mkdir()
        else:
            path.symlink_to(project.folder if name == "link" else projects.folder / "nowhere")
        with pytest.raises(ProjectError, match="already"):
            projects.new(name)
    assert contents(project.folder) == before
    assert (projects.folder / "broken").is_symlink() and (projects.folder / "file").read_text() == "mine"


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "../up", "a/b", "a\\b", "-dash", ".dot", "end.", "nul", "COM1.txt", "a\nb", "a\x00", "x" * 61],
)
def test_invalid_names_are_refused(projects: Projects, name: str) -> None:
    with pytest.raises(ProjectError, match="cannot be a project's name"):
        projects.new(name)
    assert not projects.folder.exists()


@pytest.mark.parametrize("name", ["a", "my_2nd-try.v2", "Geschichte", "größer", "物語"])
def test_names_can_be_in_any_language(projects: Projects, name: str) -> None:
    assert projects.new(name).folder.name == name
    assert projects.find(name).name == name


def test_an_unusable_folder_raises_an_error(projects: Projects, tmp_path: Path) -> None:
    projects.folder.write_text("a file")
    with pytest.raises(ProjectError, match="A file is where a folder must be"):
        projects.new()
    assert projects.all() == []
    projects.folder.unlink()
    projects.folder.symlink_to(tmp_path)
    with pytest.raises(ProjectError, match="is a symbolic link"):
        projects.new()
    assert not (tmp_path / "my-project").exists()


def test_a_project_is_created_atomically(projects: Projects, monkeypatch: pytest.MonkeyPatch) -> None:
    write, written = files.write_new, []

    def full(path: Path, data: bytes) -> bool:
        written.append(path)
        if len(written) == 4:
            raise OSError(28, "No space left on device", str(path))
        return write(path, data)

    monkeypatch.setattr(files, "write_new", full)
    with pytest.raises(ProjectError, match="The disk is full"):
        projects.new()
    assert list(projects.folder.iterdir()) == []
    monkeypatch.undo()
    assert projects.new().checklist().items


def test_only_one_of_several_concurrent_calls_creates_the_project(projects: Projects) -> None:
    def create(_: int) -> object:
        try:
            return projects.new("ours")
        except ProjectError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(create, range(8)))
    assert sum(isinstance(result, Project) for result in results) == 1
    assert all("already" in str(result) for result in results if not isinstance(result, Project))
    assert [path.name for path in projects.folder.iterdir()] == ["ours"]


def test_the_most_recently_modified_project_comes_first(projects: Projects) -> None:
    for name in ("one", "two", "three"):
        project = projects.new(name)
        for path in project.folder.iterdir():
            os.utime(path, (1000, 1000))
    (projects.folder / ".hidden").mkdir()
    os.utime(projects.folder / "two" / "PLAN.md", (2000, 2000))
    assert [project.name for project in projects.all()] == ["two", "one", "three"]
    with pytest.raises(ProjectError, match=r"no project 'four'. Your projects: two, one, three"):
        projects.find("four")


PRESENT = """\ufeff# Title\r
\r
<!-- a note
## no page
-->\r
Words.
## First
```
## in code
![in code](x.txt)
```
![c](losses.csv)
after
## Second
![t](numbers.csv)
![s](sub/samples.txt)
![gone](gone.csv)
![up](../secret.txt)
![web](https://example.org/a.png)
![picture](a.png)
## Third
<!-- to do -->
"""


def test_pages_show_files(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "PRESENT.md").write_bytes(PRESENT.encode())
    (folder / "losses.csv").write_text("step,a,b\n1,2.5,\n2,2.0,2.25\n\n3,1.5,nan\n")
    (folder / "numbers.csv").write_text(",bigram,mine\nperplexity,10.0,5.0\n")
    (folder / "sub" / "samples.txt").write_text("one\n\ntwo\n")
    cover, first, second, third = read_presentation(folder / "PRESENT.md")
    assert (cover.title, cover.blocks, cover.cover, cover.notes) == ("Title", ("Words.",), True, ("a note ## no page",))
    assert isinstance(first.blocks[0], str) and "## in code" in first.blocks[0]
    curves = first.blocks[1]
    assert isinstance(curves, Curves) and curves.x == "step" and curves.lines["a"] == [(1, 2.5), (2, 2.0), (3, 1.5)]
    assert curves.lines["b"] == [(2, 2.25)]
    assert first.blocks[2] == "after"
    table, text, *rest = second.blocks
    assert table == Table("t", (("", "bigram", "mine"), ("perplexity", "10.0", "5.0")))
    assert text == PlainText("s", "one\n\ntwo")
    assert all(isinstance(block, Unavailable) for block in rest) and len(rest) == 4
    assert "secret" not in str(rest[1]).replace("secret.txt", "")
    assert third.is_empty and third.notes == ("to do",) and not cover.is_empty


def test_any_file_produces_pages_or_an_error(tmp_path: Path) -> None:
    path = tmp_path / "PRESENT.md"
    with pytest.raises(ProjectError, match="There is no file"):
        read_presentation(path)
    path.write_bytes(b"\xff\xfe#\x00")
    with pytest.raises(ProjectError, match="not UTF-8"):
        read_presentation(path)
    for text in ("", "words only", "<!-- open", "```\n# x", "## a\n## b\n"):
        path.write_text(text)
        assert read_presentation(path)


def test_a_text_that_is_too_short_raises_an_error(projects: Projects) -> None:
    project = projects.new()
    (project.folder / "text.txt").write_text("A short text.\n" * 20)
    run = subprocess.run([sys.executable, "train.py"], cwd=project.folder, capture_output=True, text=True, timeout=100)
    assert run.returncode == 1 and "text.txt is too short" in run.stderr and "Traceback" not in run.stderr
