"""Runs pytest over one exercise's tests: set up and collected once, since that is the same for every file."""

from __future__ import annotations

import os
import sys
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


_ahead: list[Config] = []


def configure_ahead() -> None:
    """Configures pytest for the first tests to be collected: in the warm parent, from which judges inherit it."""
    _ahead.append(_configured())


def _configured() -> Config:
    arguments = ["--rootdir", str(Path(exercises.__file__).parent), *OPTIONS]
    for plugin in UNUSED:
        arguments += ["-p", f"no:{plugin}"]
    return _prepareconfig(arguments, [])


class CollectedTests:
    """The tests of one file, collected once; `run` may be called many times. It does in steps what `pytest.main`
    does in one (`_pytest.main.wrap_session`), for which there is no public way."""

    def __init__(self, tests: Path, plugin: object) -> None:
        sys.dont_write_bytecode = not os.access(tests.parent, os.W_OK)
        self.config = _ahead.pop() if _ahead else _configured()
        self.config.args = [str(tests)]
        self.config.pluginmanager.register(plugin)
        session = pytest.Session.from_config(self.config)
        self.config._do_configure()
        self.config.pluginmanager.unregister(name="terminalreporter")  # nobody reads what it would print
        self.config.hook.pytest_sessionstart(session=session)
        self.config.hook.pytest_collection(session=session)
        self.items: list[pytest.Item] = session.items

    def run(self) -> None:
        """Runs every test, in the file's order, as the plugin given does it."""
        for item, following in zip(self.items, [*self.items[1:], None], strict=True):
            self.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
