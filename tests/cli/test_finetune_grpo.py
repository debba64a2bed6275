"""Tests of `fromscratch finetune grpo` and of the lines that it prints."""

import json
from pathlib import Path

import pytest

from playground.grpo_messages import Completion, Pathology, Reinforcing, Rollouts, Solved
from playground.training_messages import Ended, Step
from tests.support.command_line import invoke, run_command
from tests.support.grpo import tiny_model
from tui.cli.grpo_report import GrpoReport


def test_a_training_and_its_continuation(tmp_path: Path) -> None:
    model, out = tiny_model(tmp_path), tmp_path / "out"
    numbers = {"steps": 2, "problems": 1, "rollouts": 2, "log-every": 1, "held-out": 1, "threads": 1}
    options = [f"--{name}={number}" for name, number in numbers.items()]
    run = run_command("finetune", "grpo", "--model", model, "--out", out, *options)
    assert run.returncode == 0, run.stderr
    for text in ("2 completions of each of 1 problems a step", "Before: ", "step 2 · 100%", "After: ",
                 f"Finished after 2 steps. Ask it with `fromscratch generate --model {out} --greedy"):  # fmt: skip
        assert text in run.stdout, run.stdout
    resumed = run_command("finetune", "grpo", "--resume", out, "--steps", "3", "--json")
    events = [json.loads(line) for line in resumed.stdout.splitlines()]
    assert [event["type"] for event in events][-1] == "Ended" and events[-1]["step"] == 3


def test_wrong_usage_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "data"))
    gguf = tmp_path / "model.gguf"
    gguf.touch()
    for arguments, message in (
        ([], "Give a new folder for what is trained: --out DIR."),
        (["--out", "x", "--steps", "1", "--minutes", "1"], "Give either --steps or --minutes."),
        (["--resume", "x", "--out", "y"], "--resume continues in the folder of that training"),
        (["--resume", "x"], "x is not the folder of a model"),
        (["--out", "x", "--lr", "0"], "lr must be above 0."),
        (["--out", "x", "--model", "gpt5"], "No model is named gpt5."),
        (["--out", "x", "--model", str(gguf)], "GRPO trains abacus, or a GPT that `fromscratch train` wrote, not"),
    ):
        result = invoke("finetune", "grpo", *arguments)
        assert result.exit_code == 2 and message in " ".join(result.output.split()), result.output


def test_what_the_report_says(tmp_path: Path) -> None:
    report = GrpoReport(tmp_path)
    parts = [("reasoning-run", "yours"), ("grpo-loss", "reference")]
    begun = Reinforcing("abacus", 0, 10, None, 1000, 8, 16, "format", parts)
    assert "reward for steps and a box, right or wrong, your reasoning-run" in report.line(begun)
    assert report.line(Solved(0, "before", 144, 400)).startswith("Before: 36% of 400")
    attempts = [Completion("\\boxed{9}", 0.0, False), Completion("7+1=\n\\boxed{8}\x1b[1m", 1.0, True)]
    assert report.line(Rollouts(5, 0.5, 0.25, 0.1, 0.02, 0.125, 20.0, "4+3+1=", "8", attempts)) == ""
    lines = report.line(Step(5, 0.1, 1e-5, 0.3, 100.0, 60.0, 0.5)).splitlines()
    assert lines[0] == ("step 5 ·  50% · 1:00 left · reward 0.50 · right 25% · entropy 0.100 · KL 0.020 · 20 tokens · "
                        "equal groups 12%")  # fmt: skip
    assert lines[1].startswith("    ✓ 4+3+1=7+1= \\boxed{8}") and lines[2] == "    ✗ 4+3+1=\\boxed{9}"
    assert report.line(Pathology(9, "entropy gone", "It fell.")) == "! Entropy gone. It fell."
    report.line(Solved(10, "after", 300, 400))
    assert "right 36% → 75%, 2.1 times as often" in report.line(Ended("finished", 10, 10))
    assert "Continue with `fromscratch finetune grpo --resume" in report.line(Ended("stopped", 4, 4))
