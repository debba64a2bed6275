"""Training loops are recorded, their progress is reported, and slow tests run after the others pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from msgspec import structs
from torch import nn

from exercises.course import Course
from exercises.exercise import Exercise
from exercises.kit import training_watch
from exercises.kit.training_watch import TrainingProgress, TrainingWatch
from grader.verdict import Event, TrainingStep
from tests.support.grading import Service
from tests.support.solutions import correct

IDS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])

PROBES = """
import time
from exercises.kit.training_watch import report_progress

def quick(impl):
    getattr(impl, "say", str)(report_progress)
    return impl.CausalAttention.__name__

def slow(impl, steps=40):
    if impl.__name__ != "solution":
        raise RuntimeError("neither the reference nor a mistake is asked: " + impl.__name__)
    for step in range(steps):
        report_progress(step + 1, steps, 3.0 - step / steps)
        time.sleep(0.01)
    return getattr(impl, "ANSWER", "slow")
"""
TESTS = '''
def test_quick(run):
    """Quick"""
    assert run("quick") == "CausalAttention", "not the name"

def test_answer(run):
    """Answers"""
    run.same("quick")

def test_slow(run, rest_passed):
    """Slow"""
    assert run.once("slow") == "slow", "wrong in the end"
'''


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(10, 4)
        self.places = nn.Embedding(5, 4)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(4, 10)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        x: torch.Tensor = self.head(self.drop(self.table(ids) + self.places(torch.arange(ids.shape[1]))))
        return x


def steps(model: nn.Module, count: int, *, clear: bool = True, new_optimizers: bool = False) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(count):
        if new_optimizers:
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        loss = F.cross_entropy(model(IDS[:, :-1]).flatten(0, 1), IDS[:, 1:].flatten())
        if clear:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_a_loop_is_recorded_through_its_losses() -> None:
    model = Model()
    with TrainingWatch() as watch:
        steps(model, 3)
    assert watch.updates == 3 and len(watch.optimizers) == 1 and not watch.accumulated
    assert len(watch.inputs) == 3 and torch.equal(watch.inputs[0], IDS[:, :-1])  # without position ids
    assert torch.equal(watch.targets[0].reshape(2, 4), IDS[:, 1:])
    assert {id(weight) for weight in watch.weights} == {id(parameter) for parameter in model.parameters()}
    assert all(not torch.equal(weight, first) for weight, first in watch.weights.items())
    assert watch.dropouts == {True} and not watch.softmax_twice


def test_faults_of_a_loop_are_recorded() -> None:
    with TrainingWatch() as accumulating:
        steps(Model(), 2, clear=False)
    with TrainingWatch() as renewing:
        steps(Model(), 3, new_optimizers=True)
    with TrainingWatch() as evaluating:
        steps(Model().eval(), 1)
    with TrainingWatch() as doubling:
        F.cross_entropy(Model()(IDS).softmax(-1).transpose(1, 2), IDS).backward()
    assert accumulating.accumulated and len(renewing.optimizers) == 3
    assert evaluating.dropouts == {False} and doubling.softmax_twice


def test_manual_updates_and_losses_are_recorded() -> None:
    model = Model()
    with TrainingWatch() as watch:
        for _ in range(3):
            log_probs = (model.table.weight[IDS[:, :-1]] @ model.head.weight.T).log_softmax(-1)
            model.zero_grad()
            (-log_probs.gather(-1, IDS[:, 1:, None]).mean()).backward()
            with torch.no_grad():
                for weight in model.parameters():
                    if weight.grad is not None:
                        weight -= 0.1 * weight.grad
    assert watch.updates == 3 and not watch.optimizers and not watch.accumulated
    assert torch.equal(watch.inputs[0], IDS[:, :-1]) and torch.equal(watch.targets[0].squeeze(-1), IDS[:, 1:])


def test_two_losses_of_one_update_are_not_accumulated() -> None:
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with TrainingWatch() as watch:
        for _ in range(2):
            optimizer.zero_grad()
            for half in IDS.split(1):
                (F.cross_entropy(model(half).transpose(1, 2), half) / 2).backward()
            optimizer.step()
    assert watch.updates == 2 and watch.losses == 4 and not watch.accumulated


def test_a_loss_without_backward_is_not_counted() -> None:
    model = Model()
    with TrainingWatch() as watch:
        F.cross_entropy(model(IDS).transpose(1, 2), IDS)
    assert watch.losses == 0 and not watch.inputs


def test_progress_is_reported_at_intervals_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[tuple[int, int, float]] = []
    monkeypatch.setattr(training_watch, "_listener", lambda *report: received.append(report))
    monkeypatch.setattr(training_watch, "REPORT_INTERVAL", 3600.0)
    with TrainingProgress(7):
        steps(Model(), 7)
    assert [(step, of) for step, of, _ in received] == [(1, 7), (7, 7)]
    assert all(0 < loss < 10 for _, _, loss in received)


@pytest.fixture
def exercise(causal: Exercise, tmp_path: Path) -> Exercise:
    """causal-attention with a quick test, and a slow one that runs last and reports its progress."""
    (tmp_path / "probes.py").write_text(PROBES)
    (tmp_path / "test_causal_attention.py").write_text(TESTS)
    return structs.replace(causal, folder=tmp_path, without=("manners",))


def test_progress_events_are_limited_in_rate(service: Service, exercise: Exercise, right: str) -> None:
    events: list[Event] = []
    verdict = service.check(exercise, right, events.append)
    assert verdict.passed, verdict.checks
    reports = [event for event in events if isinstance(event, TrainingStep)]
    assert 2 <= len(reports) <= verdict.seconds / training_watch.REPORT_INTERVAL + 1
    assert all(report.of == 40 for report in reports)
    assert [report.step for report in reports] == sorted({report.step for report in reports})


def test_a_slow_test_runs_after_the_others_pass(service: Service, exercise: Exercise, right: str) -> None:
    wrong = right + "\nCausalAttention.__name__ = 'Other'\n"
    verdict = service.check(exercise, wrong)
    assert [check.outcome for check in verdict.checks] == ["failed", "failed", "skipped"]
    assert verdict.checks[-1].message == "not run until all the others pass"


def test_a_slow_probe_runs_only_on_the_learners_code(service: Service, exercise: Exercise, right: str) -> None:
    """Neither the reference nor the mistakes are trained, although the check fails and is diagnosed."""
    verdict = service.check(exercise, right + "\nANSWER = 'other'\n")
    assert [check.outcome for check in verdict.checks] == ["passed", "passed", "failed"]
    assert verdict.message == "wrong in the end" and verdict.mistake is None


def test_reports_do_not_affect_the_verdict(service: Service, exercise: Exercise, right: str) -> None:
    """A solution can report any progress, at any rate, without an effect on the checks."""
    reporting = right + "\ndef say(report):\n    for n in range(3000):\n        "
    events: list[Event] = []
    verdict = service.check(exercise, reporting + "report(600, 600, 0.0)\n", events.append)
    assert verdict.passed
    reports = [event for event in events if isinstance(event, TrainingStep)]
    assert len(reports) <= verdict.seconds / training_watch.REPORT_INTERVAL + 1
    for report in ("'all', 'done', None", "7, 3, 0.5", "-1, 3, 0.5", "[1], 3, 'x' * 10_000"):
        verdict = service.check(exercise, reporting + f"report({report})\n")
        assert verdict.outcome == "failed" and "cannot be read" in verdict.message, verdict.message


def test_the_training_of_the_tiny_language_model_is_reported(service: Service, course: Course) -> None:
    """The only long training of the course, with 250 steps."""
    tiny = course.exercise("tiny-lm")
    events: list[Event] = []
    verdict = service.check(tiny, correct(tiny), events.append)
    assert verdict.passed, [check.message for check in verdict.checks if check.message]
    reports = [event for event in events if isinstance(event, TrainingStep)]
    assert len(reports) > 5 and {report.of for report in reports} == {250}
    assert reports[0].loss > 3.5 > 2.3 > reports[-1].loss
    assert events.index(reports[0]) > 12  # the quick checks come first
