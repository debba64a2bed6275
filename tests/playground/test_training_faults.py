"""Tests of what can go wrong in a training: each is one sentence, and nothing is lost."""

import errno
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from playground.training import checkpoints, loop, run_folder, trainer
from playground.training.run_folder import open_new
from playground.training_messages import Note, Saved, Step
from playground.training_recipe import RecipeError
from tests.support.training import Run, recipe, stories_file


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "text.txt cannot be read: No such file or directory."),
        (b"", "text.txt is empty. Give a text of some thousand characters"),
        (b" \n\n ", "text.txt is empty."),
        (b"\x7fELF\0\0", "text.txt is a binary file, not a text."),
        (b"na\xefve text", "text.txt is not a text in UTF-8: byte 0xef at position 2 fits no character."),
        (b"Too short.", "The text has only 11 tokens; a context of 16 tokens needs at least 34"),
    ],
)
def test_a_text_that_cannot_be_used_is_one_sentence(content: bytes | None, message: str, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    if content is not None:
        text.write_bytes(content)
    ended = Run().start(tmp_path / "out", recipe(text, vocab_size=257))
    assert ended.reason == "failed" and ended.wrong_usage and message in ended.message
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    text = stories_file(tmp_path)
    ended = Run().start(tmp_path, recipe(text))
    assert ended.message == f"{tmp_path} has other files in it, for example stories.txt. Choose a new folder."
    assert list(tmp_path.iterdir()) == [text]


def test_a_folder_with_a_training_is_not_overwritten(tmp_path: Path) -> None:
    settings = recipe(stories_file(tmp_path), steps=1)
    Run().start(tmp_path / "out", settings)
    ended = Run().start(tmp_path / "out", settings)
    assert f"has a training already. Continue it with `fromscratch train --resume {tmp_path / 'out'}`" in ended.message


def test_two_trainings_in_one_folder(tmp_path: Path) -> None:
    settings = recipe(stories_file(tmp_path), steps=1)
    Run().start(tmp_path / "out", settings)
    with run_folder.open_existing(tmp_path / "out"):
        ended = Run().resume(tmp_path / "out")
    assert ended.message.startswith(f"A training runs in {tmp_path / 'out'} already.")
    with open_new(tmp_path / "new", settings):
        assert Run().start(tmp_path / "new", settings).message.startswith("A training runs in")


@pytest.mark.parametrize("what", ["nothing", "a file", "no configuration"])
def test_resuming_what_is_no_training(what: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    if what == "a file":
        out.write_text("x")
    elif what == "no configuration":
        out.mkdir()
    ended = Run().resume(out)
    assert ended.wrong_usage and str(out) in ended.message


def test_nan_stops_and_keeps_the_last_good_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = trainer.loss_of, 0

    def loss_of(*arguments: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return real(*arguments) * (float("nan") if calls == 6 else 1.0)

    monkeypatch.setattr(trainer, "loss_of", loss_of)
    out = tmp_path / "out"
    ended = Run().start(out, recipe(stories_file(tmp_path), save_minutes=1e-9))
    assert (ended.reason, ended.step, ended.saved) == ("failed", 5, 5)
    assert ended.message.startswith(
        "Stopped at step 6: the loss is nan, so the weights would be lost. The checkpoint of step 5 is kept."
    )
    monkeypatch.setattr(trainer, "loss_of", real)
    run = Run()
    assert run.resume(out).reason == "finished" and run.of(Step)[0].step == 6


def test_a_learning_rate_that_is_too_high_ends_in_a_sentence(tmp_path: Path) -> None:
    ended = Run().start(tmp_path / "out", recipe(stories_file(tmp_path), lr=1e30, clip=1e9, steps=50))
    assert ended.reason == "failed" and re.match(r"Stopped at step \d+: the (loss|gradient's norm) is", ended.message)


def test_a_full_disk_while_training_keeps_the_last_good_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, saved = checkpoints.write_checked, []

    def write_checked(path: Path, *arguments: Any) -> None:
        saved.append(path.name)
        if path.name == "checkpoint-00000003.safetensors":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, *arguments)

    monkeypatch.setattr(checkpoints, "write_checked", write_checked)
    monkeypatch.setattr(loop, "WAIT_SECONDS", 0)
    run = Run()
    ended = run.start(tmp_path / "out", recipe(stories_file(tmp_path), steps=3, save_minutes=1e-9))
    assert ended.reason == "failed" and ended.saved == 2
    assert ended.message == (
        "The checkpoint of step 3 could not be written: No space left on device. The last good one is of step 2."
    )
    # the checkpoint of step 1 was given up to make room for that of step 3
    assert [step for step, _ in run_folder.RunFolder(tmp_path / "out", recipe(tmp_path)).checkpoints()] == [2]
    monkeypatch.setattr(checkpoints, "write_checked", real)
    assert Run().resume(tmp_path / "out").reason == "finished"


def test_a_full_disk_at_the_end_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = checkpoints.write_checked, 0

    def write_checked(path: Path, *arguments: Any) -> None:
        nonlocal tries
        tries += path.name == "checkpoint-00000002.safetensors"
        if path.name == "checkpoint-00000002.safetensors" and tries < 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, *arguments)

    monkeypatch.setattr(checkpoints, "write_checked", write_checked)
    monkeypatch.setattr(loop, "RETRY_SECONDS", 0)
    run = Run()
    assert run.start(tmp_path / "out", recipe(stories_file(tmp_path), steps=2)).reason == "finished"
    assert [note.text for note in run.of(Note)] == [
        "The checkpoint of step 2 could not be written: No space left on device. There is no checkpoint yet. "
        "Make room: for 10 minutes, the training waits and tries again."
    ]


def test_a_disk_that_is_full_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = checkpoints.write_checked

    def write_checked(path: Path, *arguments: Any) -> None:
        if path.name == "checkpoint-00000002.safetensors":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, *arguments)

    monkeypatch.setattr(checkpoints, "write_checked", write_checked)
    run = Run()
    assert run.start(tmp_path / "out", recipe(stories_file(tmp_path), steps=4, save_minutes=1e-9)).saved == 4
    assert [event.step for event in run.of(Saved)] == [1, 3, 4]
    assert run.of(Note)[0].text.endswith("The training goes on and will try again.")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"emb_dim": 10, "n_heads": 4}, "emb_dim (10) must be a multiple of n_heads (4)"),
        ({"vocab_size": 256}, "The vocabulary must have 257 to"),
        ({"minutes": 1.0}, "Give either the number of steps or the minutes."),
        ({"lr": float("nan")}, "The learning rate must be above 0"),
        ({"warmup": 1.0}, "The warm-up is a fraction"),
        ({"drop_rate": 1.0}, "drop_rate must be at least 0 and below 1."),
        ({"emb_dim": 100_000, "n_layers": 100}, "is too large"),
        ({"batch_size": 0}, "batch_size must be at least 1, not 0."),
    ],
)
def test_a_recipe_that_cannot_work_is_one_sentence(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=re.escape(message)):
        recipe(Path("text"), **settings)
