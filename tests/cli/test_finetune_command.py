"""Tests of `fromscratch finetune` in processes of its own."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import invoke, run_command
from tests.support.finetuning import instructions_file
from tests.support.tiny_llama import write_gguf


def test_lora_from_data_to_a_merged_model(tmp_path: Path) -> None:
    model, data = write_gguf(tmp_path / "tiny.gguf"), instructions_file(tmp_path)
    out, merged = tmp_path / "out", tmp_path / "merged.gguf"
    numbers = {"steps": 3, "rank": 2, "max-length": 96, "log-every": 1, "answers": 1, "threads": 1}
    options = [f"--{name}={number}" for name, number in numbers.items()]
    run = run_command("finetune", "lora", "--model", model, "--data", data, "--out", out, *options)
    assert run.returncode == 0, run.stderr
    for text in ("of 79,040 parameters are trained, in the blocks 0 to 1", "Before: held-out loss", "step 3 of 3",
                 "After: held-out loss", "    expected: ", "Merged and unmerged give the same logits",
                 f"Finished after 3 steps. Use it with `fromscratch generate --adapter {out} PROMPT`."):  # fmt: skip
        assert text in run.stdout, run.stdout
    result = run_command("finetune", "merge", out, "--out", merged, "--json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["type"] for event in events] == ["Merged", "Ended"] and merged.exists()


def test_wrong_usage_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROMSCRATCH_DATA", str(tmp_path / "data"))
    for arguments, message in (
        (["lora"], "Give a new folder for what is trained: --out DIR."),
        (
            ["lora", "--parts", "mine", "--out", "x"],
            "The model smollm2 is not installed. `fromscratch models add smollm2` fetches it.",
        ),
        (["lora", "--out", "x", "--steps", "1", "--minutes", "1"], "Give either --steps or --minutes."),
        (["lora", "--resume", "x"], "x is not the folder of a fine-tuning: it has no config.json."),
        (["lora", "--resume", "x", "--out", "y"], "--resume continues with the data and the folder"),
        (["classify", "--try", "hello"], "Give the folder of the classifier: --out DIR."),
        (["merge", "x", "--out", "y.gguf"], "x is not the folder of a fine-tuning"),
        (["instruct", "--blocks", "none", "--out", "x"], "none is neither a number from 1 on nor all."),
    ):
        result = invoke("finetune", *arguments)
        assert result.exit_code == 2 and message in " ".join(result.output.split()), result.output
