"""Tests of trainings with GRPO: the sampler, exact continuation, the learner's parts, and what they report."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from playground.grpo_messages import Pathology, Reinforcing, Rollouts, Solved
from playground.grpo_recipe import GrpoRecipe, GrpoRecipeError
from playground.host.trained_model import load_trained
from playground.messages import LearnerFile
from playground.training import grpo_run
from playground.training.grpo_pathologies import WINDOW, Figures, Watch
from playground.training.rollouts import RolloutSampler
from playground.training_messages import Ended, Step
from reference.generation import generate
from reference.safetensors_file import read_safetensors
from tests.support.grpo import Reinforcement, recipe, tiny_model

STEP = """
from parts import grpo_loss, group_advantages

def reward_rlvr(answer_text, ground_truth):
    return float(len(answer_text))

def grpo_step(model, ref_model, optimizer, problems, sample, reward=reward_rlvr, num_rollouts=8, inner_epochs=1,
              clip=0.2, beta=0.0, max_norm=1.0):
    BODY
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny_model(tmp_path)


def test_the_sampler_writes_what_the_model_would(model: Path) -> None:
    trained = load_trained(model)
    sampler = RolloutSampler(trained.config.book_cfg, trained.tokenizer, 8, 1.0)
    prompt = torch.tensor([[trained.tokenizer.end_id, *trained.tokenizer.encode("12+3=", special=False)]])
    expected = generate(trained.gpt, prompt, 8, 48, 0.0, None, trained.tokenizer.end_id)[0]
    for ids, length, text in sampler.sample(trained.gpt, "12+3=", 3, greedy=True):
        written = ids[: len(expected)]
        assert torch.equal(written, expected) and length == prompt.shape[1]
        assert text == trained.tokenizer.decode(expected[length:].tolist())
    torch.manual_seed(0)
    drawn = sampler.sample(trained.gpt, "12+3=", 4)
    assert len({tuple(ids.tolist()) for ids, _, _ in drawn}) > 1  # independent draws


def test_a_training_reports_and_its_model_can_be_opened(tmp_path: Path, model: Path) -> None:
    run = Reinforcement()
    ended = run.begin(tmp_path / "out", model, recipe())
    assert ended.reason == "finished" and ended.saved == 4, ended
    (begun,) = run.of(Reinforcing)
    assert begun.base == "small" and {owner for _, owner in begun.parts} == {"reference"}
    assert [event.when for event in run.of(Solved)] == ["before", "during", "after"]
    assert all(event.total == 8 for event in run.of(Solved))
    reports = run.of(Rollouts)
    assert len(reports) == len(run.of(Step)) == 4
    for event in reports:
        assert event.entropy > 0 and event.kl >= 0 and len(event.completions) == 3 and event.problem.endswith("=")
    assert load_trained(tmp_path / "out").config.steps == 4


def test_it_continues_exactly(tmp_path: Path, model: Path) -> None:
    Reinforcement().begin(tmp_path / "whole", model, recipe(steps=5, lr=1e-3))
    stopped = Reinforcement(lambda event, controls: controls.set("stop") if getattr(event, "step", 0) == 2 else None)
    # the learning rate depends on the number of steps, so both trainings are told the same
    ended = stopped.begin(tmp_path / "parts", model, recipe(steps=5, lr=1e-3))
    assert ended.reason == "stopped" and ended.saved == 2
    assert Reinforcement().proceed(tmp_path / "parts", model).step == 5
    whole, parts = (read_safetensors(tmp_path / name / "model.safetensors") for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    other = tiny_model(tmp_path / "other")
    (other / "vocabulary.json").touch()
    weights = other / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    refused = Reinforcement().proceed(tmp_path / "parts", other, steps=6)
    assert refused.reason == "failed" and "SHA-256 is different" in refused.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise RuntimeError('no')", "Your reasoning-run stopped with RuntimeError: no (line 9 of r.py)."),
        ("return None", 'Your grpo_step does not return a dict with a number for "loss".'),
        ("return dict(loss=1.0, reward=0.5, entropy=float('nan'), kl=0.0)", 'returns nan as "entropy"'),
    ],
)
def test_a_fault_of_the_learners_step_is_named(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    monkeypatch.setattr(grpo_run, "confine", lambda path: [])  # this process runs other tests
    file = LearnerFile("reasoning-run", str(tmp_path / "r.py"), STEP.replace("BODY", body).encode())
    ended = Reinforcement().begin(tmp_path / "out", model, recipe(parts="mine"), files=[file])
    assert ended.reason == "failed" and message in ended.message, ended


def test_the_courses_step_uses_the_learners_loss(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grpo_run, "confine", lambda path: [])
    source = b"def group_advantages(rewards):\n    raise ValueError('mine')\n\ndef grpo_loss(*args):\n    pass\n"
    run = Reinforcement()
    file = LearnerFile("grpo-loss", str(tmp_path / "l.py"), source)
    ended = run.begin(tmp_path / "out", model, recipe(parts="mine"), files=[file])
    assert "Your grpo-loss stopped with ValueError: mine (line 2 of l.py)" in ended.message
    assert ("grpo-loss", "yours") in [tuple(part) for part in run.of(Reinforcing)[0].parts]


def test_a_step_that_is_not_finite_changes_nothing(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grpo_run, "confine", lambda path: [])
    body = (
        "rollouts = sample(model, problems[0]['problem'], 2)\n"
        "    loss = model(rollouts[0][0][None]).sum() * float('inf')\n"
        "    loss.backward()\n    optimizer.step()\n"
        "    return dict(loss=0.0, reward=0.0, entropy=0.0, kl=0.0)"
    )
    file = LearnerFile("reasoning-run", str(tmp_path / "r.py"), STEP.replace("BODY", body).encode())
    ended: Ended = Reinforcement().begin(tmp_path / "out", model, recipe(parts="mine"), files=[file])
    assert ended.reason == "failed" and "Stopped at step 1" in ended.message and ended.saved is None


def test_wrong_settings_are_refused() -> None:
    for settings, message in (
        ({"num_rollouts": 1}, "num_rollouts must be at least 2"),
        ({"steps": None}, "either the number of steps or the minutes"),
        ({"lr": 0.0}, "lr must be above 0"),
        ({"beta": -1.0}, "beta must be at least 0"),
    ):
        with pytest.raises(GrpoRecipeError, match=message):
            recipe(**settings)
    assert GrpoRecipe(steps=1).min_lr < GrpoRecipe(steps=1).lr


def look(*phases: tuple[int, Figures]) -> list[Pathology]:
    """Returns the pathologies of a training whose phases are (number of steps, figures of each)."""
    watch, found, step = Watch(), [], 0
    for count, figures in phases:
        for _ in range(count):
            step += 1
            found += watch.look(step, figures)
    return found


HEALTHY = Figures(reward=0.35, right=0.35, entropy=0.2, equal=0.1)


@pytest.mark.parametrize(
    ("later", "name"),
    [
        (Figures(reward=0.7, right=0.7, entropy=0.12, equal=0.3), None),
        (Figures(reward=1.0, right=1.0, entropy=0.0, equal=1.0), None),  # solved
        (Figures(reward=0.02, right=0.02, entropy=0.2, equal=0.95), "all rewards equal"),
        (Figures(reward=0.95, right=0.36, entropy=0.15, equal=0.5), "reward hacked by format"),
        (Figures(reward=0.5, right=0.5, entropy=0.01, equal=0.7), "entropy gone"),
    ],
)
def test_pathologies_are_named_once(later: Figures, name: str | None) -> None:
    assert look((3 * WINDOW, HEALTHY)) == []
    found = look((WINDOW, HEALTHY), (3 * WINDOW, later))
    assert [pathology.name for pathology in found] == ([name] if name else [])
    if name:
        again = look((WINDOW, HEALTHY), (2 * WINDOW, later), (2 * WINDOW, HEALTHY), (2 * WINDOW, later))
        assert [pathology.name for pathology in again] == [name, name]
