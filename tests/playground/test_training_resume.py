"""Tests that a training continues exactly where it stopped."""

import json
from pathlib import Path

import pytest
import torch

from playground.host.tensor_file import read_checked
from playground.training.controls import Controls
from playground.training_messages import Ended, Evaluation, Paused, Saved, Step, TrainingEvent
from tests.support.training import Run, recipe, stories_file

# One worker runs these tests, so that they share a training.
pytestmark = pytest.mark.xdist_group("training_resume")


def stop_at(step: int):
    def act(event: TrainingEvent, controls: Controls) -> None:
        if isinstance(event, Step) and event.step == step:
            controls.set("stop")

    return act


def state(out: Path, step: int) -> dict[str, torch.Tensor]:
    return read_checked(out / f"checkpoint-{step:08}.safetensors")[0]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A training of 20 steps that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    run = Run()
    assert run.start(folder / "out", recipe(stories_file(folder))).reason == "finished"
    return folder / "out", run


def test_ten_steps_and_ten_more_are_twenty_bit_for_bit(whole: tuple[Path, Run], tmp_path: Path) -> None:
    first, second = Run(stop_at(10)), Run()
    torch.manual_seed(1)  # the training has random numbers of its own
    ended = first.start(tmp_path / "out", recipe(stories_file(tmp_path)))
    assert ended == Ended("stopped", 10, 10, first.of(Evaluation)[-1].validation_loss)
    torch.manual_seed(2)
    (tmp_path / "stories.txt").unlink()  # the ids are in the folder
    assert second.resume(tmp_path / "out").reason == "finished"
    expected, resumed = state(whole[0], 20), state(tmp_path / "out", 20)
    assert expected.keys() == resumed.keys() and any(name.startswith("optimizer.") for name in expected)
    for name, tensor in expected.items():
        assert torch.equal(tensor, resumed[name]), name
    losses = [(event.step, event.loss, event.lr, event.gradient_norm) for event in whole[1].of(Step)]
    assert losses == [(e.step, e.loss, e.lr, e.gradient_norm) for e in first.of(Step) + second.of(Step)]
    assert [e.validation_loss for e in whole[1].of(Evaluation)] == [
        e.validation_loss for e in first.of(Evaluation) + second.of(Evaluation)
    ]


def test_a_pause_saves_and_changes_nothing(whole: tuple[Path, Run], tmp_path: Path) -> None:
    def pause(event: TrainingEvent, controls: Controls) -> None:
        if isinstance(event, Step) and event.step == 8:
            controls.set("pause")
        elif isinstance(event, Paused):
            controls.set("continue")

    run = Run(pause)
    assert run.start(tmp_path / "out", recipe(stories_file(tmp_path))).reason == "finished"
    assert [event.step for event in run.of(Saved)] == [8, 20]
    assert all(torch.equal(a, b) for a, b in zip(state(whole[0], 20).values(), state(tmp_path / "out", 20).values(),
                                                 strict=True))  # fmt: skip


@pytest.mark.parametrize("damage", ["cut short", "changed", "empty"])
def test_a_damaged_checkpoint_is_noticed_and_the_one_before_is_used(
    damage: str, whole: tuple[Path, Run], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    Run(stop_at(6)).start(out, recipe(stories_file(tmp_path)))
    Run(stop_at(12)).resume(out)
    last = out / "checkpoint-00000012.safetensors"
    data = bytearray(last.read_bytes())
    data[len(data) // 2] ^= 1
    last.write_bytes({"cut short": data[: len(data) // 2], "changed": data, "empty": b""}[damage])
    run = Run()
    assert run.resume(out).reason == "finished"
    note = run.events[0].text
    assert note.startswith("The checkpoint of step 12 is lost: checkpoint-00000012.safetensors ")
    assert run.of(Step)[0].step == 7
    assert all(torch.equal(a, b) for a, b in zip(state(whole[0], 20).values(), state(out, 20).values(), strict=True))


def test_all_checkpoints_damaged_starts_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    Run(stop_at(3)).start(out, recipe(stories_file(tmp_path)))
    (out / "checkpoint-00000003.safetensors").write_bytes(b"")
    run = Run(stop_at(2))
    assert run.resume(out) == Ended("stopped", 2, 2)
    assert run.events[1].text == "The training starts again at step 0, because no good checkpoint is left."


def test_a_finished_training_can_go_further(tmp_path: Path) -> None:
    out = tmp_path / "out"
    Run().start(out, recipe(stories_file(tmp_path), steps=3))
    run = Run()
    assert run.resume(out, steps=5).step == 5
    assert json.loads((out / "config.json").read_text())["recipe"]["steps"] == 5
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log if line["type"] == "Step"] == [1, 2, 3, 4, 5]


def test_the_log_loses_steps_that_are_trained_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    Run(stop_at(3)).start(out, recipe(stories_file(tmp_path), steps=5))
    with (out / "log.jsonl").open("ab") as log:
        log.write(b'{"type":"Step","step":4,"loss":1}\n{"type":"St')
    Run().resume(out)
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if line["type"] == "Step"] == [1, 2, 3, 4, 5]
