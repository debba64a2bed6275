"""Tests of `fromscratch train`, with the training in a process of its own."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import invoke, run_command, start_command
from tests.support.processes import wait_until_exited
from tests.support.training import SIZES, Run, stories_file

OPTIONS = [f"--{name.replace('_', '-')}={value}" for name, value in SIZES.items()]


def next_step(process: subprocess.Popen[str], step: int) -> dict[str, Any]:
    """Reads the events until the training has done this step."""
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["type"] == "Step" and event["step"] >= step:
            return event
    raise AssertionError("the training ended")


def test_a_training_from_text_to_model(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run_command("train", "stories:0.02MB:5", "--out", out, "--steps", 8, *OPTIONS, "--prompt", "One day")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Reading the text …"
    assert [line for line in lines if line.startswith("step 8 of 8 · 100% · loss ")]
    assert [line for line in lines if line.startswith("    validation loss ")]
    assert [line for line in lines if line.startswith("    sample: One day")]
    assert lines[-1].endswith(f"Talk to it with `fromscratch generate --model {out} PROMPT`.")
    config = json.loads((out / "config.json").read_text())
    assert config["steps"] == 8 and config["cfg"]["vocab_size"] == 300 and config["validation_loss"] > 3


def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start_command("train", stories_file(tmp_path), "--out", out, "--minutes", 5, *OPTIONS, "--json",
                       stderr=subprocess.PIPE) as process:  # fmt: skip
        next_step(process, 3)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    assert process.returncode == 130
    ended = json.loads(output.splitlines()[-1])
    assert ended["type"] == "Ended" and ended["reason"] == "stopped" and ended["saved"] == ended["step"] >= 3
    assert errors.startswith("Stopping after this step and saving.")
    assert Run().resume(out, ended["step"] + 2).step == ended["step"] + 2


@pytest.mark.parametrize("victim", ["command", "training"])
def test_a_kill_loses_only_what_came_after_the_last_checkpoint(victim: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start_command("train", stories_file(tmp_path), "--out", out, "--minutes", 5, *OPTIONS, "--json",
                       "--save-minutes", 0.001) as process:  # fmt: skip
        next_step(process, 20)
        child = int(subprocess.check_output(["pgrep", "-P", str(process.pid)], text=True))
        (process.kill if victim == "command" else lambda: subprocess.check_call(["kill", "-9", str(child)]))()
        output, _ = process.communicate()
    if victim == "training":
        assert process.returncode == 1
        assert json.loads(output.splitlines()[-1])["message"].startswith("The training's process was killed by SIGKILL")
    wait_until_exited(child)  # without its program the training saves and ends
    step = json.loads((out / "config.json").read_text())["steps"]
    assert Run().resume(out, step + 3).step == step + 3


def test_a_disk_that_fills_while_training(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))

    text = stories_file(tmp_path)
    with start_command("train", text, "--out", tmp_path / "a", "--steps", 3, *OPTIONS, "--emb-dim=64", preexec_fn=limit,
                       stderr=subprocess.STDOUT) as process:  # fmt: skip
        output, _ = process.communicate()
    assert process.returncode == 1
    assert output.splitlines()[-1] == (
        "The checkpoint of step 3 could not be written: File too large. There is no checkpoint yet."
    )


def test_wrong_usage_is_one_sentence(tmp_path: Path) -> None:
    text = stories_file(tmp_path)
    for arguments, message in (
        ([], "Give a text file, or stories:5MB for simple stories."),
        ([text], "Give a new folder for the model: --out DIR."),
        (
            [text, "--out", tmp_path / "o", "--emb-dim", 10, "--n-heads", 4],
            "emb_dim (10) must be a multiple of n_heads",
        ),
        ([text, "--resume", tmp_path], "--resume continues with the text and the folder of that training"),
        ([text, "--out", tmp_path / "o", "--steps", 3, "--minutes", 1], "Give either --steps or --minutes."),
    ):
        result = invoke("train", *arguments)
        assert result.exit_code == 2 and message in result.output
