"""The commands in a shell: messages, exit codes, JSON."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from engine.reap import children, descendants
from exercises.course import Course
from tests.support.command_line import run_command, start_command
from tests.support.processes import wait_until_exited
from tests.support.solutions import correct
from tests.support.waiting import TIMEOUT, wait_until


@pytest.fixture
def files(course: Course, tmp_path: Path) -> dict[str, Path]:
    """A right solution of causal-attention, one without the scale, and an empty file."""
    right = correct(course.exercise("causal-attention"))
    texts = {"right": right, "no scale": right.replace(" / keys.shape[-1] ** 0.5", ""), "empty": ""}
    paths = {name: tmp_path / f"{name}.py" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text)
    return paths


def test_check_grades_a_source_file(files: dict[str, Path], tmp_path: Path) -> None:
    bad = run_command("check", "causal-attention", "--source", files["no scale"], "--json")
    assert bad.returncode == 1
    verdict = json.loads(bad.stdout)
    diagnosis = (verdict["outcome"], verdict["mistake"]["id"], verdict["missing_stage"])
    assert diagnosis == ("failed", "no-scale", "scaled_scores")
    assert not (tmp_path / "ws").exists()  # Grading a given file creates no workspace.


def test_check_grades_the_workspace_and_records_attempts(
    course: Course, files: dict[str, Path], tmp_path: Path
) -> None:
    run_command("list")  # creates the workspace
    [path] = (tmp_path / "ws").rglob("causal_attention.py")
    path.write_text(files["no scale"].read_text())
    bad = run_command("check", "causal-attention")
    assert bad.returncode == 1
    assert "Yours does not scale the scores; it should divide them by √d_out." in bad.stdout
    assert "The first step that goes wrong: scaled_scores" in bad.stdout
    path.write_text(files["right"].read_text())
    assert run_command("check", "causal-attention").returncode == 0
    listed = json.loads(run_command("list", "--json").stdout)
    states = {exercise["id"]: exercise["state"] for month in listed["months"] for exercise in month["exercises"]}
    assert states["causal-attention"] == "passed"
    assert len(run_command("history", "causal-attention").stdout.splitlines()) == 2
    solution = run_command("solution", "causal-attention")
    assert solution.returncode == 0
    assert "class CausalAttention" in solution.stdout
    assert run_command("solution", "stable-softmax").returncode == 1
    compared = run_command("solution", "stable-softmax", "--yes", "--compare").stdout
    assert compared.startswith("--- stable_softmax.py\n+++ reference\n@@") and "\n-    raise NotImpl" in compared
    assert "+" in run_command("diff", "causal-attention").stdout
    asked = run_command("reset", "causal-attention", input="n\n")
    assert asked.returncode == 2 and "--yes resets" in asked.stderr
    assert path.read_text() == files["right"].read_text()
    reset = run_command("reset", "causal-attention", "--yes")
    assert path.read_text() == course.exercise("causal-attention").stub
    assert "kept as" in reset.stdout


def test_list_follows_the_audience() -> None:
    def first_month(*options: str) -> dict[str, Any]:
        months = json.loads(run_command("list", "--json", *options).stdout)["months"]
        month: dict[str, Any] = months[0]
        return month

    beginners = first_month()
    assert {"appendix-a", "chapter-1"} <= {material["id"] for material in beginners["materials"]}
    assert run_command("done", "chapter-1").stdout.startswith("Done: Chapter 1")
    assert run_command("settings", "audience", "all").returncode == 0
    everyone = first_month()
    done = {material["id"]: material["done"] for material in everyone["materials"]}
    assert "appendix-a" not in done and done["chapter-1"] is True
    assert everyone["hours_left"]["total"] == everyone["hours"]["total"] - 1.5
    assert first_month("--audience", "beginners")["hours"] == beginners["hours"]
    shown = run_command("list", "--materials").stdout
    assert "✓ chapter-1" in shown and "materials for beginners are not included" in shown and "In total: " in shown
    assert "Not done" in run_command("done", "chapter-1", "--undo").stdout
    assert first_month()["hours_left"] == everyone["hours"]


def test_invalid_settings_are_not_stored() -> None:
    assert run_command("settings", "start", "2025-03").returncode == 0
    assert run_command("list").stdout.startswith("Mar 2025")
    for arguments in (("start", "2025-13"), ("audience", "pros"), ("colour", "red"), ("start", "2025-01", "--unset")):
        assert run_command("settings", *arguments).returncode == 2
    assert json.loads(run_command("settings", "--json").stdout)["settings"]["start"] == "2025-03"
    assert run_command("settings", "start", "--unset").returncode == 0
    assert run_command("list").stdout.startswith("Oct 2024")


def test_project_commands(tmp_path: Path) -> None:
    assert "fromscratch project new" in run_command("project").stdout
    created = run_command("project", "new", "tales")
    assert created.returncode == 0 and "train.py" in created.stdout
    folder = tmp_path / "ws" / "projects" / "tales"
    again = run_command("project", "new", "tales")
    assert again.returncode == 2 and "Choose a different name" in again.stderr
    ticked = run_command("project", "tick", "2")
    assert ticked.stdout.startswith("✓ ") and "1 of " in ticked.stdout
    assert (folder / "CHECKLIST.md").read_text().count("- [x]") == 1
    boxes = json.loads(run_command("project", "status", "tales", "--json").stdout)["boxes"]
    assert [box["number"] for box in boxes if box["ticked"]] == [2]
    assert "1 of " in run_command("project").stdout
    assert run_command("project", "tick", "2", "--undo", "--project", "tales").stdout.startswith("○ ")
    assert run_command("project", "tick", "99").returncode == 2
    (folder / "losses.csv").write_text("step,training\n1,4.0\n2,3.0\n")
    shown = run_command("project", "present").stdout
    assert "training 3" in shown and "numbers.csv does not exist yet" in shown and "Comments such as this" not in shown
    (folder / "train.py").write_text("from parts import softmax\nprint(softmax.__name__)\nraise SystemExit(3)\n")
    result = run_command("project", "run")
    assert (result.stdout, result.returncode) == ("softmax\n", 3)
    (folder / "CHECKLIST.md").write_bytes(b"- [ ] \xff")
    invalid = run_command("project")
    assert invalid.returncode == 2 and "not UTF-8" in invalid.stderr


def test_a_task_comes_with_its_box_and_a_question_whose_answer_is_folded() -> None:
    page = run_command("task", "causal-attention").stdout
    assert page.startswith("# Causal attention\n\n> **Book** section 3.5, figures 3.19 to 3.22")
    assert "`torch.nn.MultiheadAttention`" in page and "Arguments have the names of the signature." in page
    assert page.index("> **Also checked**") < page.index("## Predict first") < page.index("## What to build")
    answer = "The first 3 rows and columns"
    assert answer not in page and answer in run_command("task", "causal-attention", "--answer").stdout
    assert max(map(len, page.splitlines())) <= 80


def test_each_call_shows_one_more_hint() -> None:
    assert run_command("hint").stdout.count("Hint ") == 0
    shown = [run_command("hint", *id).stdout for id in (["causal-attention"], ["causal-attention"], [])]
    assert [text.count("Hint ") for text in shown] == [1, 2, 2]
    assert all(text.startswith("Causal attention (causal-attention)\n") for text in shown)
    assert "`fromscratch hint causal-attention` shows hint 3" in shown[2]


def test_a_batch_uses_one_engine_and_keeps_the_order(files: dict[str, Path], tmp_path: Path) -> None:
    names = [("right", "no scale", "empty")[i % 3] for i in range(36)]
    batch = tmp_path / "batch.jsonl"
    lines = [json.dumps({"exercise": "causal-attention", "source": str(files[name])}) for name in names]
    batch.write_text("\n".join(lines) + "\n\n")
    process = start_command("check", "--batch", batch, "--json", "--jobs", "2")
    assert process.stdout is not None
    outcomes, engines = [], set()
    for line in process.stdout:
        verdict = json.loads(line)
        outcomes.append(verdict["outcome"])
        assert verdict["source"] == str(files[names[len(outcomes) - 1]])
        engines |= set(children(process.pid))
    assert process.wait(TIMEOUT) == 1
    assert outcomes == [{"right": "passed", "no scale": "failed", "empty": "error"}[name] for name in names]
    assert len(engines) <= 1


def test_check_watch_grades_every_save(files: dict[str, Path], tmp_path: Path) -> None:
    run_command("list")
    process = start_command("check", "causal-attention", "--watch", "--json")
    assert process.stdout is not None
    try:
        stub = json.loads(process.stdout.readline())
        assert stub["outcome"] == "failed" and "Not written yet" in stub["message"]
        [path] = (tmp_path / "ws").rglob("causal_attention.py")
        path.write_text(files["right"].read_text())
        assert json.loads(process.stdout.readline())["outcome"] == "passed"
        path.write_text(files["no scale"].read_text())
        assert json.loads(process.stdout.readline())["mistake"]["id"] == "no-scale"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT) in (0, 130)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "causal-atention"], "causal-attention"),
        (["chekc"], "Did you mean `check`?"),
        (["check", "--source", "x.py"], "name one exercise"),
        (["check", "causal-attention", "--all"], "Name exercises or give --all"),
        (["check", "--batch", "nowhere.jsonl"], "cannot be read"),
        (["verify", "nothing"], "nothing"),
        (["done", "chapter-9"], "Did you mean chapter-"),
        ([], "The app needs a terminal"),
        (["--workspace", "", "list"], "The name of the workspace is empty"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], message: str) -> None:
    result = run_command(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_batch_with_an_invalid_line_names_the_line(tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"exercise": "causal-attention", "source": "a.py"}\n{"exercise": 3}\n')
    result = run_command("check", "--batch", batch, "--json")
    assert result.returncode == 2
    assert "line 2" in result.stderr


def test_sources_that_are_not_regular_files(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.py"
    os.mkfifo(fifo)
    started = time.monotonic()
    missing = run_command("check", "causal-attention", "--source", tmp_path / "missing.py")
    assert missing.returncode == 2 and "There is no file" in missing.stderr and "reset" not in missing.stderr
    sources = (tmp_path, fifo, Path("/dev/zero"))
    lines = [json.dumps({"exercise": "causal-attention", "source": str(source)}) for source in sources]
    result = run_command("check", "--batch", "-", "--json", input="\n".join(lines))
    assert result.returncode == 1
    verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    assert [verdict["outcome"] for verdict in verdicts] == ["error"] * len(sources)
    assert all(verdict["checks"] for verdict in verdicts)
    assert time.monotonic() - started < 60


def test_no_process_survives_a_killed_check(tmp_path: Path) -> None:
    loop = tmp_path / "loop.py"
    loop.write_text("import os\nprint(os.getpid())\nwhile True: pass\n")
    process = start_command("check", "causal-attention", "--source", loop)
    assert process.stdout is not None
    wait_until(lambda: len(descendants(process.pid)) >= 3, "the engine, the judge and the learner's process run")
    pids = descendants(process.pid)
    process.kill()
    process.wait()
    process.stdout.close()
    wait_until_exited(*pids)


def test_text_does_not_overwrite_files(tmp_path: Path) -> None:
    file = tmp_path / "stories.txt"
    first = run_command("text", "stories", "--size", "20KB", "--seed", "4", "-o", file)
    assert first.returncode == 0 and first.stdout == "", first.stderr
    assert 20_000 <= file.stat().st_size < 22_000
    printed = run_command("text", "stories", "--size", "20KB", "--seed", "4")
    assert printed.stdout == file.read_text()
    again = run_command("text", "stories", "--size", "30KB", "-o", file)
    assert again.returncode == 2 and "already exists" in again.stderr
    assert printed.stdout == file.read_text()
    assert run_command("text", "story").stdout.startswith("The Ferry at Low Water")
    assert run_command("text", "stories", "--size", "much").returncode == 2


def test_a_check_of_joined_parts_says_whose_they_are(course: Course, tmp_path: Path) -> None:
    run_command("list")  # creates the workspace
    ids = ("word-split", "layer-norm", "transformer-block")
    for id in ids:
        source = tmp_path / "ws" / course.exercise(id).workspace_path
        source.write_text(correct(course.exercise(id)), encoding="utf-8")
    assert run_command("check", *ids).returncode == 0
    joined = tmp_path / "joined.py"
    joined.write_text(correct(course.exercise("gpt-from-parts")), encoding="utf-8")
    says = run_command("check", "gpt-from-parts", "--source", joined).stdout
    assert "Parts: yours: LayerNorm, TransformerBlock and split_words; the reference's: FeedForward, " in says
