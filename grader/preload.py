"""What the warm parent loads for checks: at once what all need, and while it waits what few do."""

import importlib
from collections.abc import Callable
from functools import partial

import grader.general  # what tests of exercises import
import grader.judge
import grader.serving  # noqa: F401  (the learner's side, which the judge forks)
from grader import isolation, learner_process, pytest_run, vocabulary

AT_ONCE: list[Callable[[], object]] = [pytest_run.configure_ahead, vocabulary.preload, learner_process.look_up]
SPARE = "grader.judge:judge"
LATER: list[Callable[[], object]] = [
    partial(importlib.import_module, "torch._dynamo"),  # torch imports it by itself for "meta" tensors
    *(partial(importlib.import_module, name) for name in ("tqdm.auto", "pandas", "matplotlib.pyplot", "regex")),
    *isolation.steps(),
]
