"""What the warm parent loads for checks: at once what all need, soon what many do, and while it waits what few do."""

import importlib
from collections.abc import Callable
from functools import partial

from engine import hugepages
from grader.child import gpt2_vocabulary, tamper_guard
from grader.child.warmup import rehearse_elsewhere
from grader.exercise_context import LIBRARIES
from grader.judge import learner_process, pytest_collection, sandbox_report


def _load(name: str) -> None:
    importlib.import_module(name)
    tamper_guard.look_ahead()  # once more: a library may have added to what is looked at


AT_ONCE: list[Callable[[], object]] = [
    pytest_collection.configure_ahead, gpt2_vocabulary.preload, learner_process.look_up, tamper_guard.look_ahead,
]  # fmt: skip
SPARE = "grader.judge.grade:grade"
LATER: list[Callable[[], object]] = [
    partial(_load, "torch._dynamo"),  # torch imports it by itself for "meta" tensors
    rehearse_elsewhere,
    hugepages.enlarge,  # once most is loaded that will be
]
RARELY: list[Callable[[], object]] = [*(partial(_load, name) for name in LIBRARIES), *sandbox_report.steps()]
