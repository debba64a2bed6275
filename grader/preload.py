"""The modules that the fork server loads for checks, by urgency: at start, when first idle, when long idle."""

import contextlib
import importlib
import os
from collections.abc import Callable
from functools import partial

from engine import hugepages
from grader.child import gpt2_vocabulary, tamper_guard
from grader.child.warmup import warm_up_meta_device
from grader.exercise_context import SLOW_LIBRARIES
from grader.judge import grade, learner_process, pytest_collection, sandbox_report


def _load(name: str) -> None:
    importlib.import_module(name)
    tamper_guard.prepare()  # again, since a library can replace functions


def _load_pytest() -> None:
    """Imports pytest and calls it and torch.testing once, since they import more on first use."""
    import pytest
    import torch

    torch.testing.assert_close(torch.ones(1), torch.ones(1))  # its first call imports for most of a second
    with (
        open(os.devnull, "w") as null,
        contextlib.redirect_stdout(null),
        contextlib.redirect_stderr(null),
        pytest_collection.without_installed_plugins(),
    ):
        pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "-c", os.devnull, os.devnull])


AT_START: list[Callable[[], object]] = [
    _load_pytest,
    pytest_collection.configure_ahead,
    gpt2_vocabulary.preload,
    learner_process.resolve_paths,
    tamper_guard.prepare,
]
STANDBY_TARGET = f"{grade.__name__}:{grade.grade.__name__}"
WHEN_IDLE: list[Callable[[], object]] = [
    partial(_load, "torch._dynamo"),  # torch imports it for "meta" tensors
    warm_up_meta_device,
    hugepages.use_huge_pages,  # after most of the memory is allocated
]
WHEN_LONG_IDLE: list[Callable[[], object]] = [
    *(partial(_load, name) for name in SLOW_LIBRARIES),
    *sandbox_report.selftest_steps(),
]
