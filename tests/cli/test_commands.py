"""The command line as a shell sees it: words, exit codes, JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exercises.course import Course
from grader.source import reference_source

COMMAND = [str(Path(sys.executable).parent / "fromscratch")]


def run(*words: str, home: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"FROMSCRATCH_WORKSPACE": str(home / "ws"), "COLUMNS": "100", "NO_COLOR": "1"}
    return subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, timeout=100, env=environment, input=stdin or ""
    )


@pytest.fixture
def files(course: Course, tmp_path: Path) -> dict[str, Path]:
    """A right solution, one without the scale, and an empty file, for causal-attention."""
    right = reference_source.as_solution(course.exercise("causal-attention"))
    texts = {"right": right, "no scale": right.replace(" / keys.shape[-1] ** 0.5", ""), "empty": ""}
    found = {}
    for name, text in texts.items():
        found[name] = tmp_path / f"{name}.py"
        found[name].write_text(text)
    return found


def test_a_source_is_checked(files: dict[str, Path], tmp_path: Path) -> None:
    good = run("check", "causal-attention", "--source", str(files["right"]), "--json", home=tmp_path)
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["outcome"] == "passed"
    bad = run("check", "causal-attention", "--source", str(files["no scale"]), "--json", home=tmp_path)
    assert bad.returncode == 1
    verdict = json.loads(bad.stdout)
    named = (verdict["outcome"], verdict["mistake"]["id"], verdict["missing_stage"])
    assert named == ("failed", "no-scale", "scaled_scores")
    assert not (tmp_path / "ws").exists()  # grading a file of somebody's makes no workspace


def test_people_read_the_same(files: dict[str, Path], tmp_path: Path) -> None:
    bad = run("check", "causal-attention", "--source", str(files["no scale"]), home=tmp_path)
    assert bad.returncode == 1
    assert "Yours does not scale the scores; it should divide them by √d_out." in bad.stdout
    assert "The first step that goes wrong: scaled_scores" in bad.stdout


def test_the_workspace_is_checked_and_remembered(course: Course, files: dict[str, Path], tmp_path: Path) -> None:
    first = run("check", "causal-attention", "--json", home=tmp_path)
    assert first.returncode == 1
    assert "Not written yet" in json.loads(first.stdout)["message"]
    [path] = (tmp_path / "ws").rglob("causal_attention.py")
    path.write_text(files["right"].read_text())
    assert run("check", "causal-attention", home=tmp_path).returncode == 0
    listed = json.loads(run("list", "--json", home=tmp_path).stdout)
    states = {e["id"]: e["state"] for month in listed["months"] for e in month["exercises"]}
    assert states["causal-attention"] == "passed"
    assert len(run("history", "causal-attention", home=tmp_path).stdout.splitlines()) == 2
    shown = run("solution", "causal-attention", home=tmp_path)
    assert shown.returncode == 0
    assert "class CausalAttention" in shown.stdout
    assert run("solution", "stable-softmax", home=tmp_path).returncode == 1
    assert "+" in run("diff", "causal-attention", home=tmp_path).stdout
    kept = run("reset", "causal-attention", home=tmp_path)
    assert path.read_text() == course.exercise("causal-attention").stub
    assert "kept as" in kept.stdout


def test_hours_and_materials_follow_the_audience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROMSCRATCH_CONFIG", str(tmp_path / "config"))

    def listed(*words: str) -> dict[str, object]:
        months = json.loads(run("list", "--json", *words, home=tmp_path).stdout)["months"]
        assert isinstance(months[0], dict)
        return months[0]

    first = listed()
    assert {"appendix-a", "chapter-1"} <= {one["id"] for one in first["materials"]}  # type: ignore[index, attr-defined]
    assert run("done", "chapter-1", home=tmp_path).stdout.startswith("Done: Chapter 1")
    assert run("settings", "audience", "all", home=tmp_path).returncode == 0
    second = listed()
    done = {one["id"]: one["done"] for one in second["materials"]}  # type: ignore[index, attr-defined]
    assert "appendix-a" not in done and done["chapter-1"] is True
    assert second["hours_left"]["total"] == second["hours"]["total"] - 1.5  # type: ignore[index]
    assert listed("--audience", "beginners")["hours"] == first["hours"]
    shown = run("list", "--materials", home=tmp_path).stdout
    assert "✓ chapter-1" in shown and "materials for beginners are not included" in shown and "In total: " in shown
    assert "Not done" in run("done", "chapter-1", "--undo", home=tmp_path).stdout
    assert listed()["hours_left"] == second["hours"]


def test_settings_are_checked_before_they_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROMSCRATCH_CONFIG", str(tmp_path / "config"))
    assert run("settings", "start", "2025-03", home=tmp_path).returncode == 0
    assert run("list", home=tmp_path).stdout.startswith("Mar 2025")
    for words in (("start", "2025-13"), ("audience", "pros"), ("colour", "red"), ("start", "2025-01", "--unset")):
        assert run("settings", *words, home=tmp_path).returncode == 2
    assert json.loads(run("settings", "--json", home=tmp_path).stdout)["settings"]["start"] == "2025-03"
    assert run("settings", "start", "--unset", home=tmp_path).returncode == 0
    assert run("list", home=tmp_path).stdout.startswith("Oct 2024")


def test_a_project_from_the_command_line(tmp_path: Path) -> None:
    assert "fromscratch project new" in run("project", home=tmp_path).stdout
    made = run("project", "new", "tales", home=tmp_path)
    assert made.returncode == 0 and "train.py" in made.stdout
    folder = tmp_path / "ws" / "projects" / "tales"
    again = run("project", "new", "tales", home=tmp_path)
    assert again.returncode == 2 and "Choose another name" in again.stderr
    ticked = run("project", "tick", "2", home=tmp_path)
    assert ticked.stdout.startswith("✓ ") and "1 of " in ticked.stdout
    assert (folder / "CHECKLIST.md").read_text().count("- [x]") == 1
    boxes = json.loads(run("project", "status", "tales", "--json", home=tmp_path).stdout)["boxes"]
    assert [box["number"] for box in boxes if box["ticked"]] == [2]
    assert "1 of " in run("project", home=tmp_path).stdout
    assert run("project", "tick", "2", "--undo", "--project", "tales", home=tmp_path).stdout.startswith("○ ")
    assert run("project", "tick", "99", home=tmp_path).returncode == 2
    (folder / "losses.csv").write_text("step,training\n1,4.0\n2,3.0\n")
    shown = run("project", "present", home=tmp_path).stdout
    assert "training 3" in shown and "numbers.csv is not there yet" in shown and "Comments such as this" not in shown
    (folder / "train.py").write_text("from parts import softmax\nprint(softmax.__name__)\nraise SystemExit(3)\n")
    ran = run("project", "run", home=tmp_path)
    assert (ran.stdout, ran.returncode) == ("softmax\n", 3)
    (folder / "CHECKLIST.md").write_bytes(b"- [ ] \xff")
    odd = run("project", home=tmp_path)
    assert odd.returncode == 2 and "not UTF-8" in odd.stderr


def test_hints_come_one_at_a_time(tmp_path: Path) -> None:
    counts = [run("hint", "causal-attention", home=tmp_path).stdout.count("Hint ") for _ in range(4)]
    assert counts == [1, 2, 3, 3]


def test_a_batch_keeps_one_engine_and_the_order(files: dict[str, Path], tmp_path: Path) -> None:
    names = [("right", "no scale", "empty")[i % 3] for i in range(100)]
    batch = tmp_path / "batch.jsonl"
    lines = [json.dumps({"exercise": "causal-attention", "source": str(files[name])}) for name in names]
    batch.write_text("\n".join(lines) + "\n\n")
    process = subprocess.Popen(
        [*COMMAND, "check", "--batch", str(batch), "--json", "--jobs", "2"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    outcomes, parents = [], set()
    for line in process.stdout:
        outcomes.append(json.loads(line)["outcome"])
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if children.exists():
            parents |= set(children.read_text().split())
    assert process.wait(30) == 1
    assert outcomes == [{"right": "passed", "no scale": "failed", "empty": "error"}[name] for name in names]
    assert len(parents) <= 1


def test_watching_grades_every_save(files: dict[str, Path], tmp_path: Path) -> None:
    run("list", home=tmp_path)
    environment = os.environ | {"FROMSCRATCH_WORKSPACE": str(tmp_path / "ws")}
    process = subprocess.Popen(
        [*COMMAND, "check", "causal-attention", "--watch", "--json"], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    try:
        assert json.loads(process.stdout.readline())["outcome"] == "failed"
        [path] = (tmp_path / "ws").rglob("causal_attention.py")
        path.write_text(files["right"].read_text())
        assert json.loads(process.stdout.readline())["outcome"] == "passed"
        path.write_text(files["no scale"].read_text())
        assert json.loads(process.stdout.readline())["mistake"]["id"] == "no-scale"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, 130)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["check", "causal-atention"], "causal-attention"),
        (["chekc"], "Did you mean `check`?"),
        (["check", "--source", "x.py"], "name one exercise"),
        (["check", "causal-attention", "--all"], "Name exercises, or say --all"),
        (["check", "--batch", "nowhere.jsonl"], "cannot be read"),
        (["verify", "nothing"], "nothing"),
        (["done", "chapter-9"], "Did you mean chapter-"),
        ([], "The app needs a terminal"),
    ],
)
def test_wrong_usage_ends_with_2(words: list[str], sentence: str, tmp_path: Path) -> None:
    found = run(*words, home=tmp_path)
    assert found.returncode == 2
    assert sentence in found.stderr
    assert "Traceback" not in found.stderr


def test_a_batch_with_a_bad_line_says_which(tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"exercise": "causal-attention", "source": "a.py"}\n{"exercise": 3}\n')
    found = run("check", "--batch", str(batch), "--json", home=tmp_path)
    assert found.returncode == 2
    assert "line 2" in found.stderr


def test_sources_that_are_no_files(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.py"
    os.mkfifo(fifo)
    started = time.monotonic()
    for source in (tmp_path, fifo, tmp_path / "missing.py", Path("/dev/zero")):
        found = run("check", "causal-attention", "--source", str(source), "--json", home=tmp_path)
        assert found.returncode == 1
        verdict = json.loads(found.stdout)
        assert verdict["outcome"] == "error"
        assert verdict["checks"]
    assert time.monotonic() - started < 60


def test_no_process_is_left(files: dict[str, Path], tmp_path: Path) -> None:
    """Also when the command is killed in the middle of a check."""
    loop = tmp_path / "loop.py"
    loop.write_text("import os\nprint(os.getpid())\nwhile True: pass\n")
    process = subprocess.Popen([*COMMAND, "check", "causal-attention", "--source", str(loop)])
    deadline = time.monotonic() + 30
    while not (below := _below(process.pid)) or len(below) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    while any(Path(f"/proc/{pid}").exists() and _state(pid) != "Z" for pid in below):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _below(pid: int) -> list[int]:
    from engine.reap import descendants

    return descendants(pid)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def test_texts_to_train_on_are_written_once(tmp_path: Path) -> None:
    file = tmp_path / "stories.txt"
    first = run("text", "stories", "--size", "20KB", "--seed", "4", "-o", str(file), home=tmp_path)
    assert first.returncode == 0 and first.stdout == "", first.stderr
    assert 20_000 <= file.stat().st_size < 22_000
    printed = run("text", "stories", "--size", "20KB", "--seed", "4", home=tmp_path)
    assert printed.stdout == file.read_text()
    again = run("text", "stories", "--size", "30KB", "-o", str(file), home=tmp_path)
    assert again.returncode == 2 and "is there already" in again.stderr
    assert printed.stdout == file.read_text()  # what was there stays
    assert run("text", "story", home=tmp_path).stdout.startswith("The Ferry at Low Water")
    assert run("text", "stories", "--size", "much", home=tmp_path).returncode == 2
