"""What the warm parent loads for checks: at once what all need, soon what many do, and while it waits what few do."""

import importlib
from collections.abc import Callable
from functools import partial

import grader.challenge
import grader.general  # what tests of exercises import
import grader.judge
import grader.serving  # noqa: F401  (the learner's side, which the judge forks)
from engine import pages
from grader import guard, isolation, learner_process, pytest_run, vocabulary
from grader.question import LIBRARIES
from grader.rehearsal import rehearse_elsewhere


def _load(name: str) -> None:
    importlib.import_module(name)
    guard.look_ahead()  # once more: a library may have added to what is looked at


AT_ONCE: list[Callable[[], object]] = [
    pytest_run.configure_ahead, vocabulary.preload, learner_process.look_up, guard.look_ahead,
]  # fmt: skip
SPARE = "grader.judge:judge"
LATER: list[Callable[[], object]] = [
    partial(_load, "torch._dynamo"),  # torch imports it by itself for "meta" tensors
    rehearse_elsewhere,
    pages.enlarge,  # once most is loaded that will be
]
RARELY: list[Callable[[], object]] = [*(partial(_load, name) for name in LIBRARIES), *isolation.steps()]
