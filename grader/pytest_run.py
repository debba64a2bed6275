"""Runs pytest over one exercise's tests, set up ahead: half of pytest's start is the same for every check."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

import pytest
from _pytest.config import Config, _prepareconfig

import exercises

OPTIONS = (
    "-q", "-s", "--import-mode=importlib", "--noconftest", "-W", "ignore", "--color=no",
    # tests say in words what is wrong: neither rewritten asserts nor tracebacks are shown
    "--assert=plain", "--tb=native", "-c", os.devnull,
)  # fmt: skip
UNUSED = (
    "cacheprovider", "doctest", "junitxml", "pastebin", "stepwise", "unraisableexception", "threadexception",
    "faulthandler", "logging", "setuponly", "setupplan", "tmpdir", "legacypath", "debugging", "terminalprogress",
    "recwarn", "warnings", "unittest", "monkeypatch", "subtests", "skipping",
)  # fmt: skip


@cache
def configuration() -> Config:
    """pytest, configured for checks. The warm parent calls it once; each judge inherits a copy by its fork.
    What `pytest.main` does is this and `pytest_cmdline_main`; it has no public way to do them apart."""
    arguments = ["--rootdir", str(Path(exercises.__file__).parent), *OPTIONS]
    for plugin in UNUSED:
        arguments += ["-p", f"no:{plugin}"]
    return _prepareconfig(arguments, [])


def run(tests: Path, plugin: object) -> str | None:
    """Runs one test file with one more plugin; what kept pytest from running it, or None."""
    sys.dont_write_bytecode = not os.access(tests.parent, os.W_OK)
    config = configuration()
    config.args = [str(tests)]
    config.pluginmanager.register(plugin)
    code = config.hook.pytest_cmdline_main(config=config)
    return None if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else f"pytest ended with {code!r}"
